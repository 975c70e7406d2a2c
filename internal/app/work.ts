/** What does the work of a service: this process itself, or workers that it keeps. */

import type * as child from '../child/index.js';
import type * as config from '../config/index.js';
import type * as context from '../context/index.js';
import type * as http from '../http/index.js';
import type * as instance from '../instance/index.js';

export interface Work {
  readonly listener: http.Listener | undefined;
  /** Address of the service; empty without a listener. */
  readonly url: string;
  requests(): instance.ServiceStatus['requests'];
  /** What a stop would wait for, by name. */
  pending(): readonly string[];
  workers(): readonly child.WorkerStatus[];
  /** Ends one of `workers` in order, because the database says so; what is to run is started again. */
  dismiss(worker: child.WorkerStatus, why: string): void;
  /** Puts changed live keys into use; must not fail. */
  apply(next: config.Config): void;
  reopenLogs(): void;
  /** What a diagnostic report tells of the work; the workers write reports of their own. */
  diagnose(): Readonly<Record<string, unknown>>;
  /** What only a supervisor can do; undefined without one. */
  readonly staff: Staff | undefined;
}

/** The supervisor's side of the work. */
export interface Staff {
  /** How many workers shall serve. */
  readonly wanted: number;
  /**
   * Replaces every worker by one of `next`, all or none; then follows with their number and with the
   * programs, whose failures are told and no reason to go back.
   *
   * @throws RodentError the new worker's own; CONFIG_INVALID for the programs' definitions.
   */
  replace(next: config.Config, options: ReplaceOptions): Promise<void>;
  /** @throws RodentError BAD_REQUEST below 1 and far above; a new worker's own error. */
  scale(wanted: number): Promise<void>;
  /** Scales to what `next` asks for, if that is another number than before. @throws as `scale`. */
  resize(next: config.Config): Promise<void>;
  programs(request: instance.ProgramsRequest, tell: Tell): Promise<instance.ProgramsAnswer>;
  /** Starts what must run only once, when no predecessor runs it any more. */
  startPrograms(ctx: context.Context): Promise<void>;
  /** Stops what must run only once, before a successor starts it; each has its own time for that. */
  stopPrograms(tell: Tell): Promise<void>;
  /** Ends every process at once, for a forced exit. */
  killAll(): void;
}

export interface ReplaceOptions {
  readonly ctx: context.Context;
  readonly generation: number;
  readonly tell: Tell;
}

/** Tells one step of something that takes its time. */
export type Tell = (text: string) => void;
