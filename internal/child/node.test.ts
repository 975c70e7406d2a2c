import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { describe, expect, onTestFinished, test } from 'vitest';

import { spawnNode, tempDir, until } from '../../test/support/index.js';
import * as child from './index.js';

interface Started {
  readonly worker: child.NodeProcess;
  readonly told: unknown[];
}

function fixture(name: string): string {
  return fileURLToPath(new URL(`fixtures/${name}.mjs`, import.meta.url));
}

function start(how: string, rest: Partial<child.NodeOptions> = {}): Started {
  const told: unknown[] = [];
  const worker = child.startNode({
    script: fixture('worker'),
    arguments: [how],
    env: process.env,
    boot: { name: 'http-1' },
    onTell: (value) => void told.push(value),
    ...rest,
  });
  onTestFinished(async () => {
    worker.kill();
    await worker.exited;
  });
  return { worker, told };
}

function descriptors(): number {
  return fs.readdirSync('/proc/self/fd').length;
}

/** Both ends of a connection that was just accepted. */
async function connection(): Promise<{
  readonly client: net.Socket;
  readonly accepted: net.Socket;
}> {
  const server = net.createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = net.connect((server.address() as net.AddressInfo).port, '127.0.0.1');
  const [accepted] = (await once(server, 'connection')) as [net.Socket];
  server.close();
  onTestFinished(() => {
    client.destroy();
    accepted.destroy();
  });
  return { client, accepted };
}

async function textOf(socket: net.Socket): Promise<string> {
  let text = '';
  for await (const chunk of socket.setEncoding('utf8')) text += String(chunk);
  return text;
}

describe('a worker', () => {
  test('is heard though it ends in the same breath', async () => {
    const { worker } = start('fail');
    await expect(worker.ready).rejects.toThrow(/^No database\.$/);
    expect(await worker.exited).toMatchObject({ code: 3, signal: null });
  });

  test('is heard to the last word, in order', async () => {
    const { worker, told } = start('depart');
    expect(await worker.exited).toMatchObject({ code: 4 });
    expect(await worker.ready).toEqual({ port: 80 });
    expect(await worker.leaving).toBe('all work is done');
    expect(worker.vitals()).toEqual({ requests: 7 });
    expect(told).toEqual(['going']);
  });

  test('is heard though it is told something after its end', async () => {
    const { worker } = start('fail');
    const stat = `/proc/${worker.pid}/stat`;
    // In one turn of the event loop, so that what the worker said is not read before it has ended.
    while (!/\) Z/.test(fs.readFileSync(stat, 'latin1'))) fs.readFileSync(stat);
    worker.tell('too late');
    await expect(worker.ready).rejects.toThrow(/^No database\.$/);
  });

  test('knows what it is to be, and hears what it is told', async () => {
    const { worker, told } = start('serve');
    expect(await worker.ready).toEqual({
      boot: { name: 'http-1' },
      length: 17,
      pid: process.pid,
      isHidden: true,
    });
    worker.tell({ some: 'thing' });
    worker.activate('http-2');
    await until('both answers', () => told.length === 2);
    expect(told).toEqual([{ echo: { some: 'thing' } }, { activated: 'http-2' }]);
    worker.stop({ kind: 'replaced', why: 'a reload' });
    worker.stop({ kind: 'stop' });
    expect(await worker.exited).toMatchObject({ code: 0 });
    expect(told.at(-1)).toEqual({ stop: { kind: 'replaced', why: 'a reload' } });
    worker.tell('to nobody');
  });

  test('may be activated without a name', async () => {
    const { worker, told } = start('serve');
    worker.activate();
    await until('the answer', () => told.length === 1);
    expect(told).toEqual([{ activated: 'nameless' }]);
  });

  test('is told megabytes in one piece', async () => {
    const { worker, told } = start('serve', { boot: 'b'.repeat(3_000_000) });
    expect(await worker.ready).toMatchObject({ length: 3_000_002 });
    worker.tell(['t'.repeat(500_000)]);
    await until('the answer', () => told.length === 1);
    expect(told).toEqual([{ echo: ['t'.repeat(500_000)] }]);
  });

  test('knows that its parent was killed', async () => {
    const file = path.join(tempDir(), 'lost');
    const keeper = spawnNode(fixture('node-keeper'), [file]);
    await keeper.line(/stands/);
    keeper.child.kill('SIGKILL');
    await until('the worker to notice', () => fs.existsSync(file));
    await keeper.exit;
  });

  test('says through its watchdog where it is stuck', async () => {
    const { worker } = start('watch');
    await worker.ready;
    await until('the stack', () => worker.stuckAt() === 'at f');
  });

  test('finds what it inherits', async () => {
    const file = path.join(tempDir(), 'out');
    const fd = fs.openSync(file, 'w');
    const { worker } = start('inherit', { inherit: [0, { fd }] });
    fs.closeSync(fd);
    expect(await worker.exited).toMatchObject({ code: 0 });
    expect(fs.readFileSync(file, 'utf8')).toBe('from the worker');
  });

  test('ends by itself once it has released its parent', async () => {
    expect(await start('release').worker.exited).toMatchObject({ code: 0 });
    const beside = start('release', { handsConnections: true });
    expect(await beside.worker.exited).toMatchObject({ code: 0 });
  });

  test('is none that was started by somebody else', async () => {
    for (const value of [undefined, '5', 'x']) {
      const program = spawnNode(fixture('worker'), [], { env: { RODENT_INTERNAL_WORKER: value } });
      expect(await program.exit).toMatchObject({ code: 0 });
      expect(program.stdout()).toBe('nobody\n');
    }
  });
});

describe('garbage', () => {
  test('on the descriptors of a worker harms nobody', async () => {
    const { worker, told } = start('scribble');
    expect(await worker.ready).toBe('unharmed');
    worker.tell(1);
    await until('the answer', () => told.length === 1);
    expect(told).toEqual([{ echo: 1 }]);
  });

  test('without end has its worker killed', async () => {
    const { worker } = start('flood');
    expect(await worker.exited).toMatchObject({ code: null, signal: 'SIGKILL' });
  });

  test("on node's own channel has its worker killed", async () => {
    const { worker } = start('scribbleBeside', { handsConnections: true });
    expect(await worker.exited).toMatchObject({ code: null, signal: 'SIGKILL' });
  });
});

describe('a connection', () => {
  test('goes to the worker', async () => {
    const { worker } = start('take', { handsConnections: true });
    const { client, accepted } = await connection();
    worker.give(accepted);
    expect(await textOf(client)).toBe('served');
    await until('our copy to close', () => accepted.destroyed);
  });

  test('comes back from a worker that has ended', async () => {
    const returned: net.Socket[] = [];
    const { worker } = start('take', {
      handsConnections: true,
      onReturned: (socket) => void returned.push(socket),
    });
    const [first, second] = [await connection(), await connection()];
    worker.signal('SIGSTOP');
    worker.give(first.accepted);
    worker.kill();
    await worker.exited;
    worker.give(second.accepted);
    await until('both', () => returned.length === 2);
    expect(returned).toEqual([first.accepted, second.accepted]);
  });
});

describe('no descriptor stays open', () => {
  test('when something else holds stderr', async () => {
    await start('release').worker.exited;
    const before = descriptors();
    const { worker } = start('hold');
    const holder = Number(await worker.ready);
    onTestFinished(() => void process.kill(holder, 'SIGKILL'));
    expect(await worker.exited).toMatchObject({ code: 0 });
    await until('the descriptors to close', () => descriptors() <= before);
  });

  test('when the worker cannot be started', async () => {
    await start('release').worker.exited;
    const before = descriptors();
    const { worker } = start('serve', { cwd: '/no/such/folder', handsConnections: true });
    expect(worker.pid).toBeNaN();
    const exit = await worker.exited;
    expect(exit).toMatchObject({ code: null, signal: null, words: [] });
    expect(exit.error?.message).toMatch(/its folder "\/no\/such\/folder" does not exist\.$/);
    worker.tell('nothing');
    worker.stop({ kind: 'stop' });
    await until('the descriptors to close', () => descriptors() <= before);
  });

  test('when no more can be opened', async () => {
    const command = `ulimit -n 64 && exec "$0" "$1"`;
    const program = spawnNode(fixture('exhausted'), [], {
      node: '/bin/sh',
      execArgv: ['-c', command, process.execPath],
    });
    expect(await program.exit).toMatchObject({ code: 0 });
    const { ends, leaked } = JSON.parse(program.stdout()) as { ends: unknown[]; leaked: number };
    expect(ends[0]).toBe(0);
    const failures = ends.slice(ends.findIndex((end) => end !== 0));
    expect(new Set(failures)).toEqual(
      new Set([`Cannot start "${process.execPath}": this process may open no more descriptors.`]),
    );
    expect(leaked).toBe(0);
  });
});
