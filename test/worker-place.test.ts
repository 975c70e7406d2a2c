/** Where worker scripts are, in which language, and on which host. */

import fs from 'node:fs';
import path from 'node:path';

import { describe, expect, it, onTestFinished } from 'vitest';

import { CALLS, ID, PACKAGE, project } from '../internal/worker/testing/project.js';
import { spawnNode } from './support/index.js';

describe('where a script is', () => {
  it('TypeScript runs with its loader, in the background too', async () => {
    const loader = new URL(import.meta.resolve('jiti/register')).href;
    const own = project(
      `enum Colour { Red = 'red' }\nawait worker.main((config, log) => log.info('called ' + Colour.Red + ' ' + config.worker_type));`,
      { name: 'workers/typed/job.v2.ts' },
    );
    await expect(own.run([ID, 'start'], { execArgv: ['--import', loader] })).resolves.toMatchObject(
      { code: 0 },
    );
    await own.logged(/called red typed\.job\.v2/);
    await own.run([ID, 'stop'], { execArgv: ['--import', loader] });
  });

  it('a flag that names a file of this folder means the same file in the background', async () => {
    const own = project(CALLS);
    own.write('hook.mjs', `globalThis.hooked = true;`);
    await expect(
      own.run([ID, 'start'], { execArgv: ['--import', './hook.mjs'] }),
    ).resolves.toMatchObject({ code: 0 });
    await own.run([ID, 'stop']);
  });

  it('a link on the way to it stays a link', async () => {
    const own = project(CALLS);
    const link = `${own.root}-current`;
    fs.symlinkSync(own.root, link);
    onTestFinished(() => fs.rmSync(link));
    const script = path.join(link, path.relative(own.root, own.script));
    own.write(
      'workers/test/work.mjs',
      `import * as worker from '${PACKAGE}';
      const { root_dir: root, worker_type: type } = await worker.setupConfig();
      console.log(JSON.stringify({ root, type }));`,
    );
    const program = spawnNode(script, [], { env: { HOME: own.home } });
    await program.exit;
    expect(JSON.parse(program.stdout())).toEqual({ root: link, type: 'test.work' });
  });

  it('a module that main is called from need not be the script', async () => {
    const own = project('', {});
    own.write(
      'lib/common.mjs',
      `import * as worker from '${PACKAGE}';
      export async function start() {
        await Promise.resolve();
        return worker.main((config, log) => log.info(config.worker_type));
      }`,
    );
    own.write(
      'workers/test/work.mjs',
      `import { start } from '../../lib/common.mjs';\nawait start();`,
    );
    await own.run([ID, 'start']);
    await own.logged(/INFO test\.work/);
    await own.run([ID, 'stop']);
  });
});

describe('the id of the host', () => {
  it('is one, however many ask first at the same moment', async () => {
    const own = project(
      `const config = await worker.setupConfig();
      console.log(config.host_id);`,
    );
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => own.run([])));
    const ids = new Set(outcomes.map(({ stdout }) => stdout.trim()));
    expect([...ids]).toEqual([fs.readFileSync(path.join(own.root, '.host_id'), 'utf8').trim()]);
  }, 300_000);

  it('is never a file that holds something else', async () => {
    const own = project(CALLS);
    const file = own.write('.host_id', '');
    const { code, stderr } = await own.run([ID, 'start']);
    expect(code).toBe(1);
    expect(stderr).toContain(file);
  });
});
