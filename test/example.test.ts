/** The example of README and `npm start`: TypeScript, contexts, a stream that is told. */

import { once } from 'node:events';
import http from 'node:http';
import { fileURLToPath } from 'node:url';

import { expect, test } from 'vitest';

import { project } from './support/index.js';

const EXAMPLE = fileURLToPath(new URL('../examples/hello/app.ts', import.meta.url));

async function stream(url: string): Promise<http.IncomingMessage> {
  const [response] = (await once(http.get(url), 'response')) as [http.IncomingMessage];
  return response.setEncoding('utf8');
}

test('the example greets, and its stream says goodbye when the service is told to leave', async () => {
  const own = await project();
  const program = await own.serve([EXAMPLE]);
  await expect((await fetch(own.url)).text()).resolves.toContain(`process ${program.pid}`);
  const response = await stream(`${own.url}/ticks`);
  let text = '';
  response.on('data', (chunk: string) => (text += chunk));
  await once(response, 'data');
  program.child.kill('SIGTERM');
  await once(response, 'end');
  expect(text).toContain('the service is leaving');
  expect(response.complete).toBe(true);
  await expect(program.exit).resolves.toEqual({ code: 0, signal: null });
});

test('a slow answer is not waited for when its client has left', async () => {
  const own = await project();
  const program = await own.serve([EXAMPLE]);
  const request = http.get(`${own.url}/slow`);
  request.on('error', () => undefined);
  await once(request, 'socket');
  await once(request, 'finish');
  request.destroy();
  const line = await program.line(/"path":"\/slow".*"status":(\d+),"duration_ms":([\d.]+)/);
  expect(line[1]).toBe('499');
  program.child.kill('SIGTERM');
  await program.exit;
});
