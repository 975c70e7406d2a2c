/** What a database tells its observer. */

/** Told after it happened. */
export type DatabaseEvent =
  /** A connection is held for longer than it may be, by whoever called from `place`. */
  | { readonly type: 'CONNECTION_HELD'; readonly place: string; readonly heldMs: number }
  /** The database was closed while connections were held; they were cut. */
  | { readonly type: 'CONNECTIONS_CUT'; readonly places: readonly string[] }
  /** An idle connection was ended by the server or the network. */
  | { readonly type: 'CONNECTION_LOST'; readonly error: unknown }
  /** The replica cannot be used; what only reads goes to the primary for `forMs` milliseconds. */
  | { readonly type: 'REPLICA_LOST'; readonly error: unknown; readonly forMs: number }
  /** A transaction was undone by a conflict with another and is tried again. */
  | {
      readonly type: 'TRANSACTION_RETRIED';
      /** The one that failed, from 1. */
      readonly attempt: number;
      readonly waitMs: number;
      readonly error: unknown;
    }
  /** A hook failed whose failure changes nothing for the transaction. */
  | { readonly type: 'HOOK_FAILED'; readonly hook: HookKind; readonly error: unknown };

/** When a hook runs. */
export type HookKind = 'beforeCommit' | 'afterCommit' | 'beforeRollback' | 'afterRollback';

/** Is told every event; what it throws is dropped. */
export type Observer = (event: DatabaseEvent) => void;

/** Returns `observe` made safe to call: what it throws changes nothing for the database. */
export function toTell(observe: Observer | undefined): Observer {
  return (event) => {
    try {
      observe?.(event);
    } catch {
      // An observer's failure is its own.
    }
  };
}
