/** Who was harmed and when, and whether a lost request is explained by that. */

import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { isRunning } from './process.js';
import type { Lost } from './traffic.js';
import { nowUs } from './traffic.js';

/** Between a fault and its end; open while `toUs` is infinite. */
interface Span {
  readonly fromUs: number;
  toUs: number;
}

/** Processes that nobody knows yet, and that die by themselves. */
interface Strangers extends Span {
  readonly known: ReadonlySet<number>;
}

interface Outage extends Span {
  /** `killed`: nobody keeps the service. `stopped`: it stopped in order, and was started again. */
  readonly kind: 'killed' | 'stopped';
}

export class Ledger {
  readonly #seen: string;
  readonly #harmed = new Map<number, Span>();
  readonly #outages: Outage[] = [];
  #strangers: Strangers | undefined;
  #ends: Promise<void>[] = [];
  readonly #excused = { withWorkers: 0, inOutages: 0 };

  /** `seen` is the folder in which each worker writes down the requests it got. */
  constructor(seen: string) {
    this.#seen = seen;
  }

  /** Requests that were lost, and might be: with the worker that had them, and without a service. */
  get excused(): { readonly withWorkers: number; readonly inOutages: number } {
    return this.#excused;
  }

  /** From now on, or from `fromUs`, until it has gone, `pid` may lose what it has. */
  harm(pid: number, fromUs: number = nowUs()): void {
    if (this.#harmed.has(pid)) return;
    const span: Span = { fromUs, toUs: Infinity };
    this.#harmed.set(pid, span);
    this.#ends.push(closeWhenGone(pid, span));
  }

  /** From now on whoever is not `known` may lose what it has; call what is returned when that is over. */
  harmStrangers(known: readonly number[]): () => void {
    const strangers: Strangers = { known: new Set(known), fromUs: nowUs(), toUs: Infinity };
    this.#strangers = strangers;
    return () => {
      strangers.toUs = nowUs();
    };
  }

  /** From now on there is no service; call what is returned when there is one again. */
  outage(kind: Outage['kind']): () => void {
    const outage: Outage = { kind, fromUs: nowUs(), toUs: Infinity };
    this.#outages.push(outage);
    return () => {
      outage.toUs = Math.min(outage.toUs, nowUs());
    };
  }

  /** Returns what cannot be explained of `lost`, one line each; what can be is counted. */
  async judge(lost: readonly Lost[], clients: number): Promise<readonly string[]> {
    await Promise.all(this.#ends);
    this.#ends = [];
    const journals = this.#journals();
    const judged = lost.map((one) => ({ one, why: this.#accuse(one, journals) }));
    const guilty = judged.flatMap(({ one, why }) => (why === undefined ? [] : [tell(one, why)]));
    const outside = lost.filter((one) => !this.#outages.some((outage) => overlaps(one, outage)));
    const most = this.#strangers === undefined ? clients * this.#harmed.size : Infinity;
    this.#excused.inOutages += lost.length - outside.length;
    this.#excused.withWorkers += outside.length - guilty.length;
    const isTooMuch = guilty.length === 0 && outside.length > most;
    this.#forget();
    return isTooMuch
      ? [`${outside.length} requests were lost, ${most} at most can have been in hand.`]
      : guilty;
  }

  /** Why `one` should not have been lost; undefined when it is explained. */
  #accuse(one: Lost, journals: ReadonlyMap<string, number>): string | undefined {
    const holder = journals.get(one.id);
    const outages = this.#outages.filter((outage) => overlaps(one, outage));
    if (outages.some(({ kind }) => kind === 'killed')) return undefined;
    if (outages.length > 0) {
      // What has come too late for a stop was never begun.
      return holder === undefined ? undefined : 'a stop answers what was begun';
    }
    if (one.reason === 'ECONNREFUSED') return 'a supervisor lives and keeps the socket';
    const owner = holder ?? one.pid;
    if (owner !== undefined) {
      return this.#isHarmed(owner) ? undefined : `process ${owner} had it, which nobody harmed`;
    }
    const spans: Span[] = [...this.#harmed.values()];
    if (this.#strangers !== undefined) spans.push(this.#strangers);
    return spans.some((span) => overlaps(one, span)) ? undefined : 'nobody was harmed then';
  }

  #isHarmed(pid: number): boolean {
    const isStranger = this.#strangers !== undefined && !this.#strangers.known.has(pid);
    return isStranger || this.#harmed.has(pid);
  }

  /** Which process began which request. */
  #journals(): ReadonlyMap<string, number> {
    const entries = fs.readdirSync(this.#seen).flatMap((name) =>
      fs
        .readFileSync(path.join(this.#seen, name), 'utf8')
        .split('\n')
        .map((id) => [id, Number(name)] as const),
    );
    return new Map(entries);
  }

  #forget(): void {
    for (const name of fs.readdirSync(this.#seen)) {
      if (!isRunning(Number(name))) fs.rmSync(path.join(this.#seen, name));
    }
    this.#harmed.clear();
    this.#outages.splice(0);
    this.#strangers = undefined;
  }
}

async function closeWhenGone(pid: number, span: Span): Promise<void> {
  while (isRunning(pid)) await sleep(10);
  span.toUs = nowUs();
}

function overlaps(one: Lost, { fromUs, toUs }: Span): boolean {
  return one.begunUs <= toUs && one.endedUs >= fromUs;
}

function tell({ id, kind, route, reason, begunUs, endedUs, pid }: Lost, why: string): string {
  const tookMs = Math.round((endedUs - begunUs) / 1000);
  const peer = pid === undefined ? 'a new connection' : `a connection to process ${pid}`;
  return `${route} (${id}, ${kind}, ${peer}) was lost after ${tookMs} ms: ${reason}; but ${why}.`;
}
