/** The application of all contestants. */

import { Hono } from 'hono';

// oxlint-disable-next-line import/no-default-export -- where a service looks for the application
export default new Hono()
  .get('/', (c) => c.text('hello'))
  .get('/pid', (c) => c.text(String(process.pid)));
