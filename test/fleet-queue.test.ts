/** The queue of examples/queue on two hosts, whose services keep its workers. */

import fs from 'node:fs';
import path from 'node:path';

import { expect, test } from 'vitest';

import { fleet, root, until } from './support/index.js';
import type { Fleet, Host, Project } from './support/index.js';

const APP = `export default { fetch: () => new Response('up') };\n`;
const EXAMPLE = path.join(root, 'examples', 'queue');
const COUNT = 60;

/** Puts the example into a project that has the package installed. */
function withExample({ dir }: Project): void {
  fs.cpSync(EXAMPLE, dir, { recursive: true });
  fs.mkdirSync(path.join(dir, 'node_modules'));
  fs.symlinkSync(root, path.join(dir, 'node_modules', 'rodent'));
}

/** Writes down every answer that a task gets. */
const ANSWERS = `
  create table answers (task bigint, process_id uuid);
  create function answered() returns trigger language plpgsql as $$
  begin
    insert into answers values (new.id, new.process_id);
    return new;
  end $$;
  create trigger answered after update of response, error on tasks
    for each row when (new.response is not null or new.error is not null)
    execute function answered()`;

/** Adds a task that takes for ever, and returns it with the process that has claimed it. */
async function endless(own: Fleet): Promise<{ readonly task: unknown; readonly pid: number }> {
  const [added] = await own.rows(
    `insert into tasks (request) values ('{"text": "endless", "ms": 3600000}') returning id`,
  );
  const [row] = await until('the claim', async () => {
    const rows = await own.rows(
      `select p.pid from tasks t join rodent.processes p on p.id = t.process_id where t.id = $1`,
      added?.['id'],
    );
    return rows.length > 0 ? rows : undefined;
  });
  return { task: added?.['id'], pid: Number(row?.['pid']) };
}

test('the queue of the example answers each task once, also what a killed worker had claimed', async () => {
  const own = await fleet();
  const options = { conf: ['workers=1'], prepare: withExample };
  const [a, b] = (await Promise.all([1, 2].map(() => own.host(APP, options)))) as [Host, Host];
  await own.rows(fs.readFileSync(path.join(EXAMPLE, 'schema.sql'), 'utf8'));
  await own.rows(ANSWERS);
  for (const host of [a, b]) {
    const scaled = await host.run(['worker', 'scale', 'queue.take', '2']);
    expect(scaled).toMatchObject({ code: 0, stderr: '' });
  }
  for (const host of [a, b]) {
    await until('its workers', async () => (await host.processes('worker')).length === 2);
  }
  const { task, pid } = await endless(own);
  await own.rows(
    `insert into tasks (request)
      select jsonb_build_object('text', 'task ' || n, 'ms', 20) from generate_series(1, $1) n`,
    COUNT,
  );
  const open = async (): Promise<number> => {
    const text = 'select id from tasks where response is null and error is null';
    return (await own.rows(text)).length;
  };
  await until('the middle', async () => (await open()) < COUNT / 2);
  await own.rows(`update tasks set request = '{"text": "endless"}' where id = $1`, task);
  process.kill(pid, 'SIGKILL');
  await until('all to be answered', async () => (await open()) === 0);

  const wrong = await own.rows(
    `select * from tasks where error is not null or response ->> 'text' <> upper(request ->> 'text')`,
  );
  expect(wrong).toEqual([]);
  const [answers] = await own.rows(
    `select count(*)::int as all, count(distinct task)::int as tasks,
      count(distinct process_id)::int > 1 as by_several from answers`,
  );
  expect(answers).toEqual({ all: COUNT + 1, tasks: COUNT + 1, by_several: true });
  const again = await own.rows('select id from tasks where attempts > 1');
  expect(again).toEqual([{ id: task }]);
  for (const host of [a, b]) await expect(host.run(['stop'])).resolves.toMatchObject({ code: 0 });
  expect(await own.rows('select id from rodent.processes')).toEqual([]);
});
