/** Takes tasks from the queue, one at a time; any number of these may run, on any number of hosts. */

import { setTimeout as sleep } from 'node:timers/promises';

import * as worker from 'rodent/worker';

interface Task {
  readonly id: string;
  readonly request: { readonly text: string; readonly ms?: number };
}

await worker.main(async (config, log, db, ctx) => {
  for (;;) {
    const { rows } = await db.query<Task>('select id, request from tasks_next($1)', [
      config.process_id,
    ]);
    const [task] = rows;
    // Nothing to do: the next call comes in a second.
    if (task === undefined || ctx.err !== undefined) return;
    const outcome = await handle(task, ctx.signal);
    // Told to leave: the claim ends with this process, and the task is taken by another.
    if (ctx.err !== undefined) return;
    await db.query(
      outcome.error === undefined
        ? 'select tasks_set_response($1, $2, $3)'
        : 'select tasks_set_error($1, $2, $3)',
      [task.id, config.process_id, outcome.error ?? JSON.stringify(outcome.response)],
    );
    log.info(`Task ${task.id} is done.`);
  }
});

interface Outcome {
  readonly response?: unknown;
  readonly error?: string;
}

/** The work itself: shouts. */
async function handle({ request }: Task, signal: AbortSignal): Promise<Outcome> {
  try {
    await sleep(request.ms ?? 0, undefined, { signal });
    return { response: { text: request.text.toUpperCase() } };
  } catch (error) {
    return { error: String(error) };
  }
}
