/** The worker of those that bring no server: the application, and what is usually written to leave well. */

import { serve } from '@hono/node-server';

import app from './app.mjs';

const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: Number(process.env.PORT) });

for (const signal of ['SIGTERM', 'SIGINT']) {
  process.once(signal, () => server.close(() => process.exit(0)));
}
