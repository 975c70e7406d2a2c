/** Processes that own an embedded server, and that tests may kill. */

import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { onTestFinished } from 'vitest';

import { readableProgram, spawnNode, stateOf } from '../../../test/support/index.js';
import type { Program, SpawnOptions } from '../../../test/support/index.js';
import type * as embedded from '../index.js';

const OWNER = fileURLToPath(new URL('../fixtures/owner.mjs', import.meta.url));

/** What an owner tells of its server. */
export interface Told {
  readonly pid: number;
  readonly isTethered: boolean;
  readonly address: embedded.Server['address'];
}

/** Starts a process that prepares and starts a server, and keeps it until TERM. */
export function own(options: embedded.Options, extra: SpawnOptions = {}): Program {
  const dist = path.resolve(readableProgram(), '../..');
  const face = pathToFileURL(path.join(dist, 'internal', 'embedded', 'index.js')).href;
  return spawnNode(OWNER, [face, JSON.stringify({ ...options, env: undefined })], extra);
}

/** What it tells once its server is ready; that has ended when the test ends. */
export async function told(owner: Program): Promise<Told> {
  const [line] = await owner.line(/^\{.*\}$/m);
  const answer = JSON.parse(line) as Told;
  onTestFinished(() => {
    if (isRunning(answer.pid)) process.kill(answer.pid, 'SIGQUIT');
  });
  return answer;
}

/** Whether a process runs; one that is dead and not yet reaped does not. */
export function isRunning(pid: number): boolean {
  return !['Z', undefined].includes(stateOf(pid));
}
