/** Real processes: started, read line by line, waited for, and never left behind. */

import { spawn } from 'node:child_process';
import type { ChildProcess, StdioOptions } from 'node:child_process';

import { onTestFinished } from 'vitest';

/** A limit that only a failure reaches, in milliseconds. */
const LIMIT_MS = 60_000;

export interface SpawnOptions {
  readonly cwd?: string;
  /** Added to the environment of the test; `undefined` removes a variable. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Flags for node itself, before the script. */
  readonly execArgv?: readonly string[];
  /** Default: stdin ignored, stdout and stderr piped. */
  readonly stdio?: StdioOptions;
  /** The node binary; default: the one that runs the tests. */
  readonly node?: string;
  /** Own session and process group; default false. */
  readonly detached?: boolean;
}

/** How a process ended: by an exit code or by a signal. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Program {
  readonly child: ChildProcess;
  readonly pid: number;
  /** All of stdout so far. */
  stdout(): string;
  /** All of stderr so far. */
  stderr(): string;
  /** Resolves with the first match in stdout or stderr, past or future; fails when the process ends. */
  line(pattern: RegExp): Promise<RegExpExecArray>;
  /** Resolves when the process has ended and its output is complete. */
  readonly exit: Promise<Ending>;
}

/** Starts `node script args…`; the process is killed when the running test ends. */
export function spawnNode(
  script: string,
  args: readonly string[] = [],
  options: SpawnOptions = {},
): Program {
  const child = spawn(
    options.node ?? process.execPath,
    [...(options.execArgv ?? []), script, ...args],
    {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: options.stdio ?? ['ignore', 'pipe', 'pipe'],
      detached: options.detached ?? false,
    },
  );
  const output = { stdout: '', stderr: '' };
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
  const exit = new Promise<Ending>((resolve) => {
    child.on('close', (code, signal) => resolve({ code, signal }));
  });
  onTestFinished(async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    await exit;
  });
  return {
    child,
    pid: child.pid ?? Number.NaN,
    stdout: () => output.stdout,
    stderr: () => output.stderr,
    line: (pattern) => waitForLine(child, output, pattern),
    exit,
  };
}

function waitForLine(
  child: ChildProcess,
  output: { readonly stdout: string; readonly stderr: string },
  pattern: RegExp,
): Promise<RegExpExecArray> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => fail(`within ${LIMIT_MS} ms`), LIMIT_MS);
    const check = (): void => {
      const match = pattern.exec(output.stdout) ?? pattern.exec(output.stderr);
      if (match !== null) finish(() => resolve(match));
    };
    const fail = (when: string): void =>
      finish(() =>
        reject(
          new Error(
            `no ${String(pattern)} ${when}; stdout:\n${output.stdout}\nstderr:\n${output.stderr}`,
          ),
        ),
      );
    const onClose = (): void => {
      check();
      fail('before the process ended');
    };
    const finish = (settle: () => void): void => {
      clearTimeout(timer);
      child.stdout?.off('data', check);
      child.stderr?.off('data', check);
      child.off('close', onClose);
      settle();
    };
    child.stdout?.on('data', check);
    child.stderr?.on('data', check);
    child.on('close', onClose);
    check();
  });
}
