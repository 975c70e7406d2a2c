/** A folder of definitions for a test, and the programs that it starts from it. */

import fs from 'node:fs';
import path from 'node:path';

import { onTestFinished } from 'vitest';

import { tempDir } from '../../../test/support/index.js';
import * as programs from '../index.js';

/** A project with its folders. */
export interface World {
  readonly project: string;
  readonly dir: string;
  readonly logDir: string;
  readonly options: programs.LoadOptions;
  /** Writes a file of the project, mode 0644 unless given; returns its path. */
  write(name: string, text: string, mode?: number): string;
  /** Loads all definitions. */
  load(): readonly programs.Definition[];
  /** The lines of the error that loading throws. */
  problems(): readonly string[];
  /** Writes the definition `a`, loads it and starts it; it is killed when the test ends. */
  start(text: string, options?: Partial<programs.StartOptions>): programs.Program;
  /** What a log of the project holds; empty when there is none. */
  log(name: string): string;
}

/** Makes an empty project below a temporary folder. */
export function createWorld(): World {
  const project = tempDir();
  const dir = path.join(project, 'config', 'programs.d');
  const logDir = path.join(project, 'log');
  const options = { dir, projectDir: project, logDir, homeDir: '/home/u', env: { ROOT: '/srv' } };
  const write: World['write'] = (name, text, mode = 0o644) => {
    const file = path.resolve(project, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, text);
    fs.chmodSync(file, mode);
    return file;
  };
  const load = (): readonly programs.Definition[] => programs.load(options);
  return {
    project,
    dir,
    logDir,
    options,
    write,
    load,
    problems: () => problemsOf(load),
    start: (text, rest = {}) => {
      write('config/programs.d/a.conf', text, 0o600);
      const definition = load().find(({ name }) => name === 'a');
      if (definition === undefined) throw new Error('no definition');
      const program = programs.start(definition, { env: process.env, ...rest });
      onTestFinished(async () => {
        program.kill();
        await program.exited;
      });
      return program;
    },
    log: (name) => {
      const file = path.join(logDir, 'programs', name);
      return fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '';
    },
  };
}

function problemsOf(load: () => unknown): readonly string[] {
  try {
    load();
    return [];
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return error.message.replace(/^Invalid configuration:\s+/, '').split('\n  ');
  }
}
