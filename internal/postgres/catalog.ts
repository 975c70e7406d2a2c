/** Databases by name, of which so many stay open as fit: the one unused for longest is closed first. */

import { LRUCache } from 'lru-cache';

import * as errors from '../errors/index.js';
import type { Database } from './database.js';

export interface CatalogOptions {
  /** Databases kept open, at least 1; see `capacityOf`. More are open only while they are in use. */
  readonly capacity: number;
  /** Opens a database that is not open. */
  readonly open: (name: string) => Database;
  /**
   * What makes the connections to a database what they are, password included (see `fingerprint`); one
   * that has changed since it was opened is opened anew. Default: it never changes.
   */
  readonly fingerprint?: (name: string) => string;
}

/** Databases by name; see `openCatalog`. */
export interface Catalog {
  /** How many are open. */
  readonly size: number;
  /**
   * Lends the database of `name` to `work`, opened if need be; it stays open at least until that ends.
   *
   * @throws what `work` or `open` throws; RodentError DATABASE_UNAVAILABLE when the catalog is closed.
   */
  use<T>(name: string, work: (database: Database) => Promise<T>): Promise<T>;
  /**
   * Opens and connects those of `names`, one by one.
   *
   * @throws the first that fails.
   */
  preload(names: readonly string[]): Promise<void>;
  /** Closes all, those in use as `Database.close` does. The same promise for all callers. */
  close(): Promise<void>;
}

/** Makes a catalog without any database open. Source: R-INP-18, R-INP-58, W-INP-35. */
export function openCatalog(options: CatalogOptions): Catalog {
  return new OpenCatalog(options);
}

const MIB = 1024 * 1024;
const BYTES_EACH = 15 * MIB;

/** Returns how many databases fit into a soft limit of memory: one each 15 MiB, at least 1. */
export function capacityOf(memorySoftBytes: number): number {
  return Math.max(1, Math.floor(memorySoftBytes / BYTES_EACH));
}

interface Entry {
  readonly name: string;
  readonly database: Database;
  readonly fingerprint: string | undefined;
  users: number;
  /** No longer kept: it is closed when nobody uses it. */
  isEvicted: boolean;
}

class OpenCatalog implements Catalog {
  readonly #options: CatalogOptions;
  readonly #kept: LRUCache<string, Entry>;
  /** Evicted in use: whoever asks for one meanwhile gets it back. */
  readonly #lingering = new Map<string, Entry>();
  /** All that are open, or closing. */
  readonly #open = new Set<Entry>();
  #closing: Promise<void> | undefined;

  constructor(options: CatalogOptions) {
    this.#options = options;
    this.#kept = new LRUCache({
      max: Math.max(1, options.capacity),
      dispose: (entry) => this.#evict(entry),
    });
  }

  get size(): number {
    return this.#open.size;
  }

  async use<T>(name: string, work: (database: Database) => Promise<T>): Promise<T> {
    const entry = this.#find(name);
    entry.users += 1;
    try {
      return await work(entry.database);
    } finally {
      entry.users -= 1;
      if (entry.isEvicted && entry.users === 0) await this.#end(entry);
    }
  }

  async preload(names: readonly string[]): Promise<void> {
    for (const name of names) await this.use(name, (database) => database.query('select 1'));
  }

  close(): Promise<void> {
    this.#closing ??= this.#closeAll();
    return this.#closing;
  }

  #find(name: string): Entry {
    if (this.#closing !== undefined) throw closed();
    const fingerprint = this.#options.fingerprint?.(name);
    const known = this.#kept.get(name) ?? this.#lingering.get(name);
    if (known !== undefined && known.fingerprint === fingerprint) return this.#keep(known);
    // The one of another password goes before the new one comes, and is not to be found again.
    this.#kept.delete(name);
    this.#lingering.delete(name);
    const database = this.#options.open(name);
    const entry = { name, database, fingerprint, users: 0, isEvicted: false };
    this.#open.add(entry);
    return this.#keep(entry);
  }

  #keep(entry: Entry): Entry {
    entry.isEvicted = false;
    this.#lingering.delete(entry.name);
    // A user before the set: what an insertion evicts at once must not be closed under its caller.
    if (this.#kept.peek(entry.name) !== entry) this.#kept.set(entry.name, entry);
    return entry;
  }

  #evict(entry: Entry): void {
    entry.isEvicted = true;
    if (entry.users > 0) this.#lingering.set(entry.name, entry);
    else void this.#end(entry);
  }

  async #end(entry: Entry): Promise<void> {
    if (this.#lingering.get(entry.name) === entry) this.#lingering.delete(entry.name);
    await entry.database.close();
    this.#open.delete(entry);
  }

  async #closeAll(): Promise<void> {
    await Promise.all([...this.#open].map((entry) => this.#end(entry)));
    this.#kept.clear();
  }
}

function closed(): errors.RodentError {
  return new errors.RodentError('The catalog of databases is closed.', {
    code: 'DATABASE_UNAVAILABLE',
  });
}
