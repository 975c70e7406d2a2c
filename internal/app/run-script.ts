/** The process of a script: loads the module, calls its function, ends its context. */

import type * as child from '../child/index.js';
import type * as context from '../context/index.js';
import * as errors from '../errors/index.js';
import * as lifecycle from '../lifecycle/index.js';
import type { ScriptBoot } from './boot.js';
import { importModule } from './load.js';
import { EXIT } from './worker-exit.js';

/** What a script may export as its default; without one, loading it is all there is to do. */
type Main = (ctx: context.Context) => unknown;

/** Runs the script; ends the process when its function returns and nothing is left to do. */
export async function runScript(parent: child.Parent, boot: ScriptBoot): Promise<void> {
  process.title = `rodent: script ${boot.name}`;
  let hasStarted = false;
  await lifecycle.run(
    async (life) => {
      void parent.stop.then(() => life.shutdown({ kind: 'request', by: 'the supervisor' }));
      void parent.lost.then(() => life.shutdown({ kind: 'parent-lost', pid: parent.pid }));
      const main = await load(boot).catch((error: unknown) => {
        parent.failed(error);
        throw error;
      });
      hasStarted = true;
      const work = main?.(life.ctx);
      life.ready();
      parent.ready();
      await work;
      parent.release();
    },
    {
      name: boot.name,
      graceMs: boot.graceMs,
      beforeExit: ({ exitCode }) => (exitCode === 0 || hasStarted ? exitCode : EXIT.cannotLoad),
    },
  );
}

async function load({ path, cacheDir, name }: ScriptBoot): Promise<Main | undefined> {
  const module = await importModule(path, { cacheDir });
  const main =
    typeof module === 'object' && module !== null && 'default' in module
      ? module.default
      : undefined;
  if (main === undefined || isMain(main)) return main;
  throw new errors.RodentError(
    `The script "${name}" exports no function as its default ("${path}").`,
    { code: 'APP_INVALID' },
  );
}

function isMain(value: unknown): value is Main {
  return typeof value === 'function';
}
