/** A script: a module that rodent runs in a process of its own, with a context that ends when it stops. */

import { fileURLToPath } from 'node:url';

import * as child from '../child/index.js';
import * as errors from '../errors/index.js';
import * as programs from '../programs/index.js';
import { flagsFor } from './boot.js';
import type { ScriptBoot } from './boot.js';
import type { ServeOptions } from './options.js';

/** The program that a script's process runs, beside this file. */
const RUNNER: string = fileURLToPath(new URL('./worker-main.js', import.meta.url));

export interface StartScriptOptions extends programs.StartOptions {
  readonly serve: ServeOptions;
  /** Folder for compiled TypeScript. */
  readonly cacheDir: string;
}

/** Starts a script. Never throws: what stands in the way is the error of its exit. */
export function startScript(
  definition: programs.Definition,
  options: StartScriptOptions,
): programs.Program {
  try {
    return started(definition, options);
  } catch (error) {
    const failed = child.notStarted(errors.from(error));
    return Object.assign(failed, { reopenLogs: () => undefined });
  }
}

function started(definition: programs.Definition, options: StartScriptOptions): programs.Program {
  const { name, run, directory, stopMs } = definition;
  if (run.kind !== 'script') throw new errors.RodentError(`"${name}" is no script.`);
  const prepared = programs.prepare(definition, options);
  const { env, uid, gid, stdout, stderr } = prepared;
  const boot: ScriptBoot = {
    kind: 'script',
    name,
    path: run.path,
    cacheDir: options.cacheDir,
    graceMs: stopMs * GRACE_SHARE,
  };
  const script = child.startNode({
    script: RUNNER,
    arguments: run.args,
    execArgv: flagsFor(options.serve.program.execArgv),
    cwd: directory,
    env,
    uid,
    gid,
    boot,
    stdout,
    ...(stderr === 'ignore' ? {} : { onStderr: stderr }),
  });
  void script.exited.then(() => prepared.closeLogs());
  return Object.assign(script, { reopenLogs: () => prepared.reopenLogs() });
}

/** The part of `stopwaitsecs` that the script itself has; the rest is for what follows. */
const GRACE_SHARE = 0.8;
