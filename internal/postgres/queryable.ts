/** What can be asked, and how: the words that a database, a session and a transaction share. */

/** How much of what others do at the same time a transaction sees. */
export type Isolation = 'READ COMMITTED' | 'REPEATABLE READ' | 'SERIALIZABLE';

/** How one statement is run. */
export interface QueryOptions {
  /** Stops the statement, on the server too; the caller gets the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Prepares the statement under this name, once a connection; the text must not change. */
  readonly name?: string | undefined;
}

/** One row by the names of its columns, for who does not say what it holds. */
export type AnyRow = Readonly<Record<string, unknown>>;

/** What a statement gave. */
export interface Result<Row> {
  readonly rows: Row[];
  /** Rows found or changed; null for statements that count none. */
  readonly rowCount: number | null;
  /** The command's name, as `SELECT`. */
  readonly command: string;
}

/** What takes statements. */
export interface Queryable {
  /**
   * Runs one statement with `$1`, `$2`, … for `values`, or several without values.
   *
   * @throws the signal's reason; pg.DatabaseError, whose `code` is the SQLSTATE, for what the server has
   *   against the statement; RodentError DATABASE_UNAVAILABLE when the connection is lost, and then
   *   nobody knows whether the statement was carried out.
   */
  query<Row extends object = AnyRow>(
    text: string,
    values?: readonly unknown[],
    options?: QueryOptions,
  ): Promise<Result<Row>>;
}

/** How a connection is borrowed. */
export interface SessionOptions {
  /** Stops the wait for a connection, and every statement. */
  readonly signal?: AbortSignal | undefined;
  /** Whether writing is refused (SQLSTATE 25006), and the replica, if any, will do; default false. */
  readonly readOnly?: boolean | undefined;
  /** Of the transactions; default 'REPEATABLE READ'. */
  readonly isolation?: Isolation | undefined;
  /** Milliseconds after which it counts as leaked, 0 for never; default: the database's. */
  readonly leakAfterMs?: number | undefined;
}

/** How a transaction is run. */
export interface TransactionOptions extends SessionOptions {
  /** How often it is tried in all; default 5. */
  readonly attempts?: number | undefined;
}

/** A unit of work: all of it or nothing. It ends with the function that it was handed to. */
export interface Transaction extends Queryable {
  /**
   * Runs `hook` when the work has succeeded, within the transaction. What it throws undoes all.
   *
   * Hooks of one kind run one by one in the order in which they were registered; a transaction that is
   * tried again begins without any.
   */
  beforeCommit(hook: TransactionHook): void;
  /** Runs `hook` when the commit has succeeded and the connection is back. What it throws is only told. */
  afterCommit(hook: TransactionHook): void;
  /** Runs `hook` when the work has failed, before the server is told. What it throws is only told. */
  beforeRollback(hook: TransactionHook): void;
  /** Runs `hook` when all was undone. What it throws is only told. */
  afterRollback(hook: TransactionHook): void;
}

/** What runs at an end of a transaction; it is waited for. */
export type TransactionHook = () => unknown;

/** A connection while it is borrowed. It ends with the function that it was handed to. */
export interface Session extends Queryable {
  /** As `Database.transaction`, on this very connection, which is held also between the tries. */
  transaction<T>(work: (tx: Transaction) => Promise<T>, options?: InnerOptions): Promise<T>;
}

/** What a transaction inside a session may choose. */
export type InnerOptions = Pick<
  TransactionOptions,
  'signal' | 'readOnly' | 'isolation' | 'attempts'
>;

/** How many connections there are, and who waits. */
export interface Stats {
  /** Open, or being opened. */
  readonly total: number;
  /** Open and unused. */
  readonly idle: number;
  /** Callers that wait for one. */
  readonly waiting: number;
  /** Connections in somebody's hands. */
  readonly borrowed: number;
}
