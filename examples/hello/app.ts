/** The smallest service: a page, a slow answer that notices when its client leaves, and a stream. */

import { Hono } from 'hono';
import { streamSSE } from 'hono/streaming';
import * as context from 'rodent/context';

interface Variables {
  /** Ends when the client goes away, the deadline passes or the service stops. */
  ctx: context.Context;
  requestId: string;
}

const app: Hono<{ Variables: Variables }> = new Hono<{ Variables: Variables }>();

app.get('/', (c) => c.text(`Hello from rodent, process ${process.pid}\n`));

app.get('/slow', async (c) => {
  await context.sleep(c.get('ctx'), 3000);
  return c.text('Worth the wait\n');
});

app.get('/ticks', (c) =>
  streamSSE(c, async (stream) => {
    const ctx = c.get('ctx');
    for (let tick = 1; ctx.err === undefined; tick += 1) {
      await stream.writeSSE({ event: 'tick', data: String(tick) });
      await context.sleep(ctx, 1000).catch(() => undefined);
    }
    await stream.writeSSE({ event: 'bye', data: 'the service is leaving' });
  }),
);

export default app;
