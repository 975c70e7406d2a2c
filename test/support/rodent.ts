/** The command line as its users run it: real processes of the built program. */

import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { onTestFinished } from 'vitest';

import { tempDir } from './folder.js';
import { freePort } from './port.js';
import { spawnNode } from './process.js';
import type { Program, SpawnOptions } from './process.js';
import { until } from './until.js';

/** The built program. */
export const PROGRAM: string = fileURLToPath(
  new URL('../../dist/bundle/rodent.js', import.meta.url),
);

/** What a command said and how it ended. */
export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Project {
  /** A folder of its own with a package.json, so that its home is `<dir>/.rodent`. */
  readonly dir: string;
  readonly port: number;
  readonly url: string;
  /** Writes a file of the project. */
  write(name: string, text: string): string;
  /** Runs a command to its end. */
  run(args: readonly string[], options?: SpawnOptions): Promise<Outcome>;
  /** Starts `rodent serve` in the foreground and resolves when it is ready. */
  serve(args?: readonly string[], options?: SpawnOptions): Promise<Program>;
  /** Starts a command and returns at once. */
  start(args: readonly string[], options?: SpawnOptions): Program;
  /** The process id in the PID file; undefined without one. */
  pid(): number | undefined;
}

export interface ProjectOptions {
  /** Default: the built program of this repository. */
  readonly program?: string;
  /** Lines of the configuration file beside `app` and `http.port`; default: `workers=0`. */
  readonly conf?: readonly string[];
}

const PLAIN = `export default { fetch: (request) => new Response('hello from ' + process.pid) };\n`;

/** Makes a project with the application `app.mjs`; whatever runs in it is killed when the test ends. */
export async function project(app: string = PLAIN, options: ProjectOptions = {}): Promise<Project> {
  const dir = tempDir();
  const port = await freePort();
  const pidFile = path.join(dir, '.rodent', 'run', 'rodent.pid');
  const write = (name: string, text: string): string => {
    const file = path.join(dir, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, text);
    return file;
  };
  write('package.json', '{ "type": "module" }\n');
  write('app.mjs', app);
  const { conf = ['workers=0'] } = options;
  write('rodent.conf', ['app=app.mjs', `http.port=${port}`, ...conf, ''].join('\n'));
  const pid = (): number | undefined =>
    fs.existsSync(pidFile) ? Number(fs.readFileSync(pidFile, 'utf8')) : undefined;
  onTestFinished(() => killRest(dir));
  const start = (args: readonly string[], spawning: SpawnOptions = {}): Program =>
    spawnNode(options.program ?? PROGRAM, args, {
      cwd: dir,
      ...spawning,
      env: { ...CLEAN, ...spawning.env },
    });
  return {
    dir,
    port,
    url: `http://127.0.0.1:${port}`,
    write,
    pid,
    start,
    run: (args, spawning) => outcome(start(args, spawning)),
    serve: async (args = [], spawning = {}) => {
      const program = start(['serve', ...args], spawning);
      await Promise.race([program.exit, until('the PID file', () => pid() === program.pid)]);
      if (pid() !== program.pid)
        throw new Error(`serve ended: ${program.stderr()}${program.stdout()}`);
      return program;
    },
  };
}

/** Variables that would change what a test sees. */
const CLEAN: Readonly<Record<string, undefined>> = {
  PORT: undefined,
  WORKERS: undefined,
  DATABASE_URL: undefined,
  PGHOST: undefined,
  PGPORT: undefined,
  PGUSER: undefined,
  PGPASSWORD: undefined,
  PGDATABASE: undefined,
  RODENT_DATABASE: undefined,
  RODENT_HOME: undefined,
  RODENT_CONFIG: undefined,
  NO_COLOR: undefined,
};

async function outcome(program: Program): Promise<Outcome> {
  const { code } = await program.exit;
  return { code, stdout: program.stdout(), stderr: program.stderr() };
}

/** Kills every process whose working folder is `dir`, and waits until it has gone. */
async function killRest(dir: string): Promise<void> {
  for (const pid of processesIn(dir)) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It ended meanwhile.
    }
  }
  await until('the rest to end', () => processesIn(dir).length === 0);
}

/** The processes whose working folder is `dir`. */
export function processesIn(dir: string): readonly number[] {
  const isIn = (pid: string): boolean => {
    try {
      return fs.readlinkSync(`/proc/${pid}/cwd`) === dir;
    } catch {
      // It ended meanwhile, or it is not ours.
      return false;
    }
  };
  return fs
    .readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && isIn(name))
    .map(Number);
}
