/** The service under test: a project of its own, run by the built program as its users run it. */

import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import * as instance from '../../internal/instance/index.js';
import { freePort } from '../support/port.js';
import { appOf, brokenApp } from './app.js';
import type { Breakage } from './app.js';
import { describe, isRunning, processesIn, send } from './process.js';
import { LIMIT_MS, Violation, waitFor } from './violation.js';

const PROGRAM = path.join(import.meta.dirname, '../../dist/bundle/rodent.js');

/** How many workers the service is to have. */
export const WORKERS = 2;

/** What a command said and how it ended. */
export interface Outcome {
  readonly words: string;
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export class Site {
  readonly url: string;
  readonly dir: string;
  /** Each worker writes down here which requests it got. */
  readonly seen: string;
  readonly #root: string;
  readonly #port: number;
  #version = 0;

  constructor(root: string, port: number) {
    this.#root = root;
    this.#port = port;
    this.url = `http://127.0.0.1:${port}`;
    this.dir = path.join(root, 'site');
    this.seen = path.join(root, 'seen');
    for (const dir of [this.dir, this.seen]) fs.mkdirSync(dir);
    fs.writeFileSync(path.join(this.dir, 'package.json'), '{ "type": "module" }\n');
    this.configure();
    this.deploy();
  }

  static async create(): Promise<Site> {
    const root = fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), 'rodent-chaos-'));
    return new Site(root, await freePort());
  }

  /** The version that was deployed last. */
  get version(): number {
    return this.#version;
  }

  get runDir(): string {
    return path.join(this.dir, '.rodent', 'run');
  }

  get logFile(): string {
    return path.join(this.dir, '.rodent', 'log', 'error.log');
  }

  /** The process in the PID file; undefined without one. */
  get pid(): number | undefined {
    const file = path.join(this.runDir, 'rodent.pid');
    return fs.existsSync(file) ? Number(fs.readFileSync(file, 'utf8')) : undefined;
  }

  /** Whoever runs here: the service, and commands under way. */
  get processes(): readonly number[] {
    return processesIn(this.dir);
  }

  /** Writes the next version of the application. */
  deploy(): void {
    this.#version += 1;
    this.mend();
  }

  /** Writes the version that was deployed last again. */
  mend(): void {
    this.#writeApp(appOf({ version: this.#version, seen: this.seen }));
  }

  /** Writes an application that does not work. */
  break(breakage: Breakage): void {
    this.#writeApp(brokenApp({ version: -1, seen: this.seen }, breakage));
  }

  /** Writes the usual configuration, but for `settings`. */
  configure(settings: Readonly<Record<string, string>> = {}): void {
    const all = { ...SETTINGS, 'http.port': String(this.#port), ...settings };
    const lines = Object.entries(all).map(([key, value]) => `${key}=${value}\n`);
    fs.writeFileSync(path.join(this.dir, 'rodent.conf'), lines.join(''));
  }

  /** Runs a command to its end. */
  async run(...args: readonly string[]): Promise<Outcome> {
    const child = spawn(process.execPath, [PROGRAM, ...args], {
      cwd: this.dir,
      env: { ...process.env, ...CLEAN },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const said = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => (said.stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said.stderr += text));
    const timer = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS);
    const [code, signal] = await new Promise<readonly [number | null, string | null]>((resolve) => {
      child.on('close', (code, signal) => resolve([code, signal]));
    });
    clearTimeout(timer);
    const words = `rodent ${args.join(' ')}`;
    if (signal !== null) throw new Violation(`"${words}" did not end and was killed (${signal}).`);
    return { words, code, ...said };
  }

  /** What the service says of itself; undefined when nobody answers. */
  async status(): Promise<instance.ServiceStatus | undefined> {
    const { service } = await instance.status({
      pidFile: path.join(this.runDir, 'rodent.pid'),
      socket: path.join(this.runDir, 'control.sock'),
    });
    return service;
  }

  /** Asks for `route` over a connection of its own and returns the text. */
  async ask(route: string): Promise<string> {
    const response = await fetch(`${this.url}${route}`, { headers: { connection: 'close' } });
    return response.text();
  }

  /** The last lines of the log, for a report. */
  logTail(lines: number): string {
    if (!fs.existsSync(this.logFile)) return '';
    return fs.readFileSync(this.logFile, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
  }

  /** The processes here, for a report. */
  describeProcesses(): string {
    return this.processes.map((pid) => `  ${describe(pid)}`).join('\n');
  }

  /** Kills whatever runs here, and removes every file unless `keep` is given. */
  async leave(files: 'keep' | 'remove'): Promise<void> {
    const rest = this.processes;
    for (const pid of rest) send(pid, 'SIGKILL');
    await waitFor('the rest to end', () => !rest.some(isRunning) && this.processes.length === 0);
    if (files === 'remove') fs.rmSync(this.#root, { recursive: true, force: true });
  }

  #writeApp(text: string): void {
    fs.writeFileSync(path.join(this.dir, 'app.mjs'), text);
  }
}

/** Short where a fault waits for it, generous where only a failure reaches it. */
const SETTINGS = {
  app: 'app.mjs',
  workers: String(WORKERS),
  'workers.startSeconds': '300ms',
  'workers.timeout': '6s',
  'reload.timeout': '20s',
  'limits.memorySoft': '256MiB',
  'limits.memoryHard': '384MiB',
};

/** Variables that would change what is tested. */
const CLEAN = {
  PORT: undefined,
  WORKERS: undefined,
  RODENT_HOME: undefined,
  RODENT_CONFIG: undefined,
};
