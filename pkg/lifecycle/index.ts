/**
 * Package lifecycle: how a service starts, gets ready, stays single, reloads, drains and stops.
 *
 * `run` is the whole life of a program; `create` with `handleSignals` is the same for a program that
 * ends itself. Phases, order of a stop, limits and exit statuses: see `run`, `Lifecycle` and
 * `LifecycleOptions`. Contexts come from `rodent/context`.
 *
 * @example
 * import http from 'node:http';
 * import * as lifecycle from 'rodent/lifecycle';
 *
 * await lifecycle.run(async (life) => {
 *   await lifecycle.ensureSingleInstance(life, '/run/hello/hello.pid');
 *   const server = http.createServer((_, response) => response.end(greeting));
 *   life.registerShutdownHook('http', () => server.close());
 *   life.onReload('greeting', readGreeting);
 *   server.listen(8042);
 * });
 */

export { daemonize } from '../../internal/daemon/index.js';
export type { DaemonizeOptions, Daemonized } from '../../internal/daemon/index.js';
export { RodentError, isRodentError } from '../../internal/errors/index.js';
export type { Code, RodentErrorOptions } from '../../internal/errors/index.js';
export {
  StopError,
  causeOf,
  create,
  describeCause,
  describeEvent,
  describeFailure,
  describeReport,
  ensureSingleInstance,
  failureWriter,
  group,
  handleSignals,
  isFailure,
  joinErrors,
  run,
  watchParent,
} from '../../internal/lifecycle/index.js';
export type {
  Canceller,
  CatchableSignal,
  Cause,
  Commit,
  Failure,
  Group,
  GroupOptions,
  Hook,
  InstanceOptions,
  Lifecycle,
  LifecycleEvent,
  LifecycleOptions,
  LimitOptions,
  Limits,
  Named,
  Observer,
  Pending,
  PendingProvider,
  Phase,
  ReloadHandler,
  Report,
  RunOptions,
  SignalAction,
  SignalActions,
  Stage,
  Unregister,
  Unstopped,
  UnstoppedHook,
  Work,
} from '../../internal/lifecycle/index.js';
export type {
  Claim,
  ClaimOptions,
  Details,
  Heir,
  Inherited,
  Rung,
} from '../../internal/pidfile/index.js';
