/** A project in whose place of a service a stand-in answers, and routes for it. */

import { spawn, spawnSync } from 'node:child_process';
import path from 'node:path';

import { onTestFinished } from 'vitest';

import { PROGRAM, project } from '../../../test/support/index.js';
import type { Project } from '../../../test/support/index.js';
import type * as control from '../../control/index.js';
import * as errors from '../../errors/index.js';
import { standIn } from './index.js';

export interface Stage extends Project {
  /** Ends the stand-in. */
  close(): Promise<void>;
}

/** Makes a project whose service answers `routes`. */
export async function stage(routes: control.Routes): Promise<Stage> {
  const own = await project();
  const { close } = await standIn(path.join(own.dir, '.rodent'), routes);
  return { ...own, close };
}

/** A route that tells `texts` on the way to `answer`. */
export function telling(texts: readonly string[], answer: unknown): control.Route {
  return async function* tell() {
    for (const text of texts) yield { text };
    return answer;
  };
}

/** A route that fails. */
export function refusing(code: errors.Code, detail: string): control.Route {
  return () => {
    throw new errors.RodentError(detail, { code });
  };
}

/** Whether `onTerminal` works here: script(1) of other families takes other words. */
export const hasTerminal: boolean = String(spawnSync('script', ['--version']).stdout).includes(
  'util-linux',
);

export interface Screen {
  /** Whatever was written to it. */
  text(): string;
  type(keys: string): void;
  readonly exit: Promise<number | null>;
}

/** Variables that would decide about colours in place of the terminal. */
const PLAIN: Readonly<Record<string, string | undefined>> = {
  TERM: 'xterm',
  CI: undefined,
  FORCE_COLOR: undefined,
  NODE_DISABLE_COLORS: undefined,
  NO_COLOR: undefined,
};

/** Runs a command of the built program on a terminal of its own, 60 columns wide. */
export function onTerminal(own: Project, words: string): Screen {
  const line = `stty cols 60 rows 20; exec "${process.execPath}" "${PROGRAM}" ${words}`;
  const env = { ...process.env, ...PLAIN };
  const child = spawn('script', ['-qfec', line, '/dev/null'], { cwd: own.dir, env });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  const exit = new Promise<number | null>((resolve) => {
    child.on('close', (code) => resolve(code));
  });
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await exit;
  });
  return { text: () => text, type: (keys) => void child.stdin.write(keys), exit };
}
