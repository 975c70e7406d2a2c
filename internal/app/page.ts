/** The built-in application: a small page that names the version, the uptime and where to go next. */

import * as clock from '../clock/index.js';
import * as terminal from '../terminal/index.js';

export interface PageOptions {
  readonly version: string;
  /** Path of the liveness probe; empty when it is off. */
  readonly livePath: string;
  /** Path of the readiness probe; empty when it is off. */
  readonly readyPath: string;
}

/** Returns a fetch function that answers `/` with the page and everything else with 404. */
export function page(options: PageOptions): (request: Request) => Response {
  const startedMs = clock.monotonicMs();
  return (request) => {
    if (new URL(request.url).pathname !== '/') return new Response('Not found\n', { status: 404 });
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return new Response('Method not allowed\n', { status: 405, headers: { allow: 'GET, HEAD' } });
    }
    return new Response(html(options, terminal.duration(clock.monotonicMs() - startedMs)), {
      headers: { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' },
    });
  };
}

function html(options: PageOptions, uptime: string): string {
  const probes = [options.livePath, options.readyPath]
    .filter((path) => path !== '')
    .map((path) => `<a href="${path}">${path}</a>`)
    .join(' and ');
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>rodent</title>
<style>body{font:1rem/1.6 system-ui,sans-serif;max-width:40rem;margin:4rem auto;padding:0 1rem;color:#222}code{background:#f2f2f2;padding:.1rem .3rem}@media(prefers-color-scheme:dark){body{background:#161616;color:#ddd}code{background:#2a2a2a}a{color:#8cf}}</style></head>
<body>
<h1>rodent ${options.version}</h1>
<p>This service has been up for ${uptime} and has no application yet. Give it one:</p>
<pre><code>// app.ts
import { Hono } from 'hono';

const app = new Hono();
app.get('/', (c) =&gt; c.text('Hello'));
export default app;</code></pre>
<p>then <code>rodent serve app.ts</code>. In another shell: <code>rodent status</code>, <code>rodent reload</code>, <code>rodent stop</code>.</p>
${probes === '' ? '' : `<p>Probes: ${probes}.</p>\n`}</body>
</html>
`;
}
