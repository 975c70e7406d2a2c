/** `rodent worker`, and the example that README of examples/queue walks through. */

import fs from 'node:fs';
import path from 'node:path';

import { describe, expect, it, onTestFinished } from 'vitest';

import { killWorkers, registryDatabase } from '../internal/worker/testing/project.js';
import type { Registry } from '../internal/worker/testing/project.js';
import { PROGRAM, root, spawnNode, tempDir, until } from './support/index.js';

const ID = '7f0c2c4e-6d0f-4a53-9a55-2b8f1d3c6a10';
const SCRIPT = 'workers/queue/take.ts';

interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

type Run = (...words: readonly string[]) => Promise<Outcome>;

/** A copy of the example in a project that has the package installed. */
function example(): string {
  const dir = tempDir();
  fs.cpSync(path.join(root, 'examples', 'queue'), dir, { recursive: true });
  fs.mkdirSync(path.join(dir, 'node_modules'));
  fs.symlinkSync(root, path.join(dir, 'node_modules', 'rodent'));
  fs.writeFileSync(path.join(dir, 'package.json'), '{ "type": "module" }\n');
  onTestFinished(() => killWorkers(path.join(dir, 'workers', 'queue')));
  return dir;
}

function rodent(dir: string, { url }: Registry): Run {
  const env = { DATABASE_URL: url, HOME: dir, PGHOST: undefined, PGUSER: undefined };
  return async (...words) => {
    const program = spawnNode(PROGRAM, words, { cwd: dir, env });
    const { code } = await program.exit;
    return { code, stdout: program.stdout(), stderr: program.stderr() };
  };
}

async function withQueue(): Promise<{ dir: string; run: Run; registry: Registry }> {
  const registry = await registryDatabase('empty');
  const dir = example();
  const run = rodent(dir, registry);
  await expect(run('db', 'migrate')).resolves.toMatchObject({ code: 0 });
  await registry.rows(fs.readFileSync(path.join(dir, 'schema.sql'), 'utf8'));
  return { dir, run, registry };
}

async function addTask({ rows }: Registry, request: object): Promise<unknown> {
  const text = 'insert into tasks (request) values ($1) returning id';
  const [row] = await rows(text, JSON.stringify(request));
  return row?.['id'];
}

describe('the queue of the example', () => {
  it('is worked off as the README says', async () => {
    const { run, registry } = await withQueue();
    await expect(run('worker', 'start', ID, SCRIPT)).resolves.toMatchObject({
      code: 0,
      stderr: '',
    });
    await addTask(registry, { text: 'hello' });
    const answered = `select response from tasks where response is not null`;
    const [task] = await until('the response', async () => {
      const rows = await registry.rows(answered);
      return rows.length > 0 ? rows : undefined;
    });
    expect(task).toEqual({ response: { text: 'HELLO' } });
    await expect(run('worker', 'status', ID, SCRIPT)).resolves.toMatchObject({ code: 0 });
    const { stdout } = await run('worker', 'list', '--json');
    expect(JSON.parse(stdout)).toMatchObject([
      { id: ID, type: 'queue.take', isWanted: true, state: 'running' },
    ]);
    await expect(run('worker', 'stop', SCRIPT, ID)).resolves.toMatchObject({ code: 0 });
    await expect(run('worker', 'status', ID, SCRIPT)).resolves.toMatchObject({ code: 3 });
  });

  it('gives a task of a killed process to the next, and answers each once', async () => {
    const { run, registry } = await withQueue();
    await run('worker', 'start', ID, SCRIPT);
    const id = await addTask(registry, { text: 'slow', ms: 3_600_000 });
    const claimed = 'select process_id from tasks where id = $1 and process_id is not null';
    const [first] = await until('the claim', async () => {
      const rows = await registry.rows(claimed, id);
      return rows.length > 0 ? rows : undefined;
    });
    const [row] = await registry.rows('select pid from rodent.processes where worker_id = $1', ID);
    process.kill(Number(row?.['pid']), 'SIGKILL');
    await registry.rows(`update tasks set request = '{"text": "again"}' where id = $1`, id);
    await expect(run('worker', 'restart', ID, SCRIPT)).resolves.toMatchObject({ code: 0 });
    const answered =
      'select response, process_id from tasks where id = $1 and response is not null';
    const [done] = await until('the response', async () => {
      const rows = await registry.rows(answered, id);
      return rows.length > 0 ? rows : undefined;
    });
    expect(done?.['response']).toEqual({ text: 'AGAIN' });
    expect(done?.['process_id']).not.toBe(first?.['process_id']);
    const late = 'select tasks_set_response($1, $2, $3) as is_taken';
    const [answer] = await registry.rows(late, id, first?.['process_id'], '{}');
    expect(answer).toEqual({ is_taken: false });
    await run('worker', 'stop', ID, SCRIPT);
  });
});

describe('rodent worker', () => {
  it('scales a type, and terminates what runs', async () => {
    const { dir, run } = await withQueue();
    // So that the worker does not hear of its end before the list has shown it.
    fs.appendFileSync(path.join(dir, 'uniphant.conf'), 'heartbeat_ms=600000\n');
    const scaled = await run('worker', 'scale', 'queue.take', '2', '--json');
    const { added } = JSON.parse(scaled.stdout) as { readonly added: readonly string[] };
    expect(added).toHaveLength(2);
    const [id = ''] = added;
    await run('worker', 'start', id, SCRIPT);
    await expect(run('worker', 'list')).resolves.toMatchObject({
      stdout: expect.stringContaining('running') as string,
    });
    await expect(run('worker', 'terminate', id)).resolves.toMatchObject({ code: 0 });
    const { stdout } = await run('worker', 'list', '--json');
    expect(JSON.parse(stdout)).toContainEqual(expect.objectContaining({ id, state: 'leaving' }));
    await run('worker', 'stop', id, SCRIPT);
    await expect(run('worker', 'terminate', id)).resolves.toMatchObject({ code: 1 });
    await expect(run('worker', 'scale', 'queue.take', '0')).resolves.toMatchObject({ code: 0 });
    await expect(run('worker', 'list', '--json')).resolves.toMatchObject({ stdout: '[]\n' });
  });

  it('refuses what nobody could mean', async () => {
    const registry = await registryDatabase();
    const run = rodent(example(), registry);
    const refusals = [
      [['launch'], 2, 'There is no action "launch"'],
      [['start', SCRIPT], 2, 'Usage: rodent worker start <worker_id> <script>.'],
      [['start', 'x', SCRIPT], 2, '"x" is not a UUID.'],
      [['start', ID, 'workers/none.ts'], 1, 'Cannot find the worker script "workers/none.ts".'],
      [['scale', 'queue.take'], 2, 'Usage: rodent worker scale <type> <number>'],
      [['scale', 'queue.none', '1'], 1, 'There is no worker script of the type "queue.none"'],
      [['terminate', 'x'], 2, 'Usage: rodent worker terminate <id>'],
    ] as const;
    for (const [words, code, text] of refusals) {
      const outcome = await run('worker', ...words);
      expect(outcome.code).toBe(code);
      expect(outcome.stderr).toContain(text);
    }
  });

  it('passes a signal on to the script in the foreground, and ends with its status', async () => {
    const registry = await registryDatabase();
    const dir = example();
    const program = spawnNode(PROGRAM, ['worker', 'start', ID, SCRIPT, '-f'], {
      cwd: dir,
      env: { DATABASE_URL: registry.url, HOME: dir },
    });
    await program.line(/INFO Started/);
    program.child.kill('SIGTERM');
    await expect(program.exit).resolves.toEqual({ code: 0, signal: null });
    expect(program.stdout()).toContain('Stopped: SIGTERM received.');
  });
});
