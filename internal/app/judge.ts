/** Whether a worker is over its limits, judged from its beats and from outside. */

import type * as child from '../child/index.js';
import type * as config from '../config/index.js';
import * as limits from '../limits/index.js';
import type * as supervisor from '../supervisor/index.js';

/** What is remembered of one process. */
interface Memory {
  /** What was configured when `maxRequests` was drawn: a worker of a reload is judged before its end. */
  readonly least: number;
  readonly jitter: number;
  readonly maxRequests: number;
  bytes: number | undefined;
}

export class Judge {
  readonly #config: () => config.Config;
  readonly #memories = new Map<number, Memory>();
  /** Why a process is to go, whatever it uses. */
  readonly #dismissed = new Map<number, string>();

  /** `config` returns what is in effect. */
  constructor(settings: () => config.Config) {
    this.#config = settings;
  }

  /** Returns what has to happen to a worker; undefined while it is within its limits. */
  judge({ pid, vitals }: child.WorkerStatus): supervisor.Verdict | undefined {
    if (pid === undefined) return undefined;
    const why = this.#dismissed.get(pid);
    if (why !== undefined) return { action: 'recycle', why };
    const settings = this.#config();
    const memory = this.#recall(pid, settings);
    const before = memory.bytes;
    memory.bytes = limits.memory(pid) ?? vitals?.memoryBytes;
    return limits.judge(
      {
        ...(vitals === undefined ? {} : { vitals }),
        ...(memory.bytes === undefined ? {} : { memoryBytes: memory.bytes }),
        ...(before === undefined ? {} : { memoryBeforeBytes: before }),
      },
      {
        maxRequests: memory.maxRequests,
        memorySoftBytes: settings.get('limits.memorySoft'),
        memoryHardBytes: settings.get('limits.memoryHard'),
        cpuMs: settings.get('limits.cpuTime'),
      },
    );
  }

  /** From now on the process is to be replaced. */
  dismiss(pid: number, why: string): void {
    this.#dismissed.set(pid, why);
  }

  /** Forgets a process that has ended. */
  forget(pid: number): void {
    this.#dismissed.delete(pid);
    this.#memories.delete(pid);
  }

  #recall(pid: number, settings: config.Config): Memory {
    const least = settings.get('limits.maxRequests');
    const jitter = settings.get('limits.maxRequestsJitter');
    const known = this.#memories.get(pid);
    if (known?.least === least && known.jitter === jitter) return known;
    const maxRequests = limits.jittered(least, jitter);
    const memory: Memory = { least, jitter, maxRequests, bytes: known?.bytes };
    this.#memories.set(pid, memory);
    return memory;
  }
}
