/**
 * Where the bench works: a temporary folder, and every process that was started there. All of them,
 * daemons and workers included, carry the folder in their environment; by that they are found again.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const MARK = 'BENCH_PLACE';
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];
const root = path.resolve(import.meta.dirname, '../..');
/** Each contestant has copies of its own, which may be broken. */
const PROGRAMS = [
  new URL('./app.mjs', import.meta.url),
  new URL('./server.mjs', import.meta.url),
  new URL('./cluster.mjs', import.meta.url),
].map(fileURLToPath);

/** Opens the place; whatever ends this process, `clear` is done. */
export function openPlace() {
  // Sockets lie in it, whose paths may have 107 characters.
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'rodent-bench-'));
  const onSignal = () => process.exit(130);
  process.on('exit', clear);
  for (const signal of SIGNALS) process.once(signal, onSignal);
  return { folder, lay, start, command, clear };

  /** Makes a folder of this name with a copy of the programs. */
  function lay(name) {
    const dir = path.join(folder, name);
    fs.mkdirSync(dir);
    fs.symlinkSync(path.join(root, 'node_modules'), path.join(dir, 'node_modules'));
    fs.writeFileSync(path.join(dir, 'package.json'), '{ "private": true, "type": "module" }');
    for (const file of PROGRAMS) fs.copyFileSync(file, path.join(dir, path.basename(file)));
    return dir;
  }

  /** Starts node in `cwd`; what it says goes into its `said.log`. */
  function start(words, { cwd, env }) {
    const file = fs.openSync(path.join(cwd, 'said.log'), 'a');
    const stdio = ['ignore', file, file];
    const child = spawn(process.execPath, words, { cwd, stdio, env: environment(env) });
    fs.closeSync(file);
    return child;
  }

  /** Runs a command to its end; resolves to its exit status and what it said. */
  async function command(file, words, { cwd, env, timeoutMs = 60_000 }) {
    const stdio = ['ignore', 'pipe', 'pipe'];
    const child = spawn(file, words, { cwd, stdio, env: environment(env), timeout: timeoutMs });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => (output += text));
    }
    const closed = new Promise((resolve) => child.once('close', resolve));
    const [status, signal] = await once(child, 'exit');
    // A daemon that the command leaves behind may keep its pipes open.
    await Promise.race([closed, sleep(300)]);
    return { status: status ?? signal, output };
  }

  /** Kills what is left and removes the folder. Returns the command lines of what was left. */
  function clear() {
    process.off('exit', clear);
    for (const signal of SIGNALS) process.off(signal, onSignal);
    const left = processes().map((pid) => readable(`/proc/${pid}/cmdline`));
    // A supervisor may start another one between the look and the kill.
    for (let pids = processes(); pids.length > 0; pids = processes()) pids.forEach(kill);
    fs.rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    return left.map((words) => words.replaceAll('\0', ' ').trim());
  }

  function processes() {
    const mark = `${MARK}=${folder}`;
    return fs
      .readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name) && readable(`/proc/${name}/environ`).includes(mark))
      .map(Number);
  }

  /** Nothing of the user's own: neither the configuration of rodent nor the daemon of pm2. */
  function environment(more) {
    const { PATH } = process.env;
    return { PATH, HOME: folder, NO_COLOR: '1', [MARK]: folder, ...more };
  }
}

function kill(pid) {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has gone by itself.
  }
}

/** The text of a file; none when it is another user's or has gone. */
export function readable(file) {
  try {
    return fs.readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}
