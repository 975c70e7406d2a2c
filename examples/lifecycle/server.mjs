// A plain node:http service that lives correctly. Start it, then: kill -TERM, kill -HUP, start it twice,
// kill -9 it and start it again.
//
//   node server.mjs PORT PID_FILE GREETING_FILE

import { once } from 'node:events';
import fs from 'node:fs/promises';
import http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

import * as lifecycle from 'rodent/lifecycle';

const [port, pidFile, greetingFile] = process.argv.slice(2);

await lifecycle.run(
  async (life) => {
    await lifecycle.ensureSingleInstance(life, pidFile);

    let greeting = await fs.readFile(greetingFile, 'utf8');
    life.onReload('greeting', async () => {
      const next = await fs.readFile(greetingFile, 'utf8');
      return () => (greeting = next);
    });

    const running = new Set();
    const answer = async (request, response) => {
      if (!life.isReady) response.setHeader('connection', 'close');
      if (request.url === '/slow') await takeTime(response, 400);
      if (request.url === '/stuck') await takeTime(response, 3_600_000);
      response.end(greeting);
    };
    const server = http.createServer((request, response) => {
      running.add(response);
      response.once('close', () => running.delete(response));
      void answer(request, response);
    });
    server.listen(Number(port), '127.0.0.1');
    await once(server, 'listening');
    life.registerShutdownHook('http', () => server.closeAllConnections());
    life.registerDrain('http', async () => {
      server.close();
      await Promise.all(Array.from(running, (response) => once(response, 'close')));
    });
    life.registerPending('requests', () => Array.from(running, ({ req }) => req.url));
  },
  { name: 'greeter' },
);

async function takeTime(response, ms) {
  response.write('one moment: ');
  await sleep(ms);
}
