/** An embedded server, and what it uses. */

import fs from 'node:fs';

import * as embedded from '../../dist/internal/embedded/index.js';
import * as postgres from '../../dist/internal/postgres/index.js';

/** From /proc: clock ticks of the kernel's accounting in a second. */
const TICKS = 100;

/** The embedded server, as a service keeps it. */
export class Server {
  constructor(dir, runtimeDir) {
    this.options = { dir, runtimeDir, env: process.env };
  }

  async start() {
    this.server = embedded.open(this.options);
    await this.server.prepare();
    this.process = this.server.start();
    await this.process.ready;
  }

  async stop() {
    this.process?.stop({ kind: 'stop' });
    await this.process?.exited;
  }

  open(maxConnections) {
    return postgres.open({
      address: this.server.address,
      applicationName: 'bench',
      maxConnections,
      acquireTimeoutMs: 60_000,
    });
  }

  /** Of the postmaster and of its children. */
  get pids() {
    const { pid } = this.process;
    return fs
      .readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .filter((name) => Number(name) === pid || fieldsOf(name)[1] === String(pid));
  }

  /** Milliseconds of CPU that its processes, and those that have ended, have used. */
  get cpuMs() {
    const ticks = this.pids.map((pid) => {
      const fields = fieldsOf(pid);
      const own = Number(fields[11]) + Number(fields[12]);
      return pid === String(this.process.pid) ? own + Number(fields[13]) + Number(fields[14]) : own;
    });
    return (ticks.reduce((a, b) => a + b, 0) * 1_000) / TICKS;
  }

  /** Proportional set size of all its processes, in MiB. */
  get memoryMiB() {
    const kib = this.pids.map((pid) =>
      Number(/^Pss:\s+(\d+)/m.exec(read(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0),
    );
    return kib.reduce((a, b) => a + b, 0) / 1_024;
  }
}

/** The fields of /proc/<pid>/stat behind the name: state, parent, … */
function fieldsOf(pid) {
  const text = read(`/proc/${pid}/stat`);
  return text.slice(text.lastIndexOf(')') + 2).split(' ');
}

function read(file) {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
