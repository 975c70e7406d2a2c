/** A process as its supervisor registers it. */

/** One process that runs. */
export interface Member {
  /** A UUID of this very process: whoever takes its place has another. */
  readonly id: string;
  /** The id of its supervisor; absent for a supervisor itself. */
  readonly parentId?: string;
  /** `supervisor`, `http`, `script`, `program`, `database`, `service` or `worker`. */
  readonly kind: string;
  readonly name: string;
  readonly pid: number;
  readonly state: string;
  readonly version?: string;
  readonly memoryBytes?: number;
  /** ISO 8601, by the clock of the host: shown, never reckoned with. */
  readonly startedAt: string;
}

/**
 * Returns `member` as the database takes it. Nothing that a process tells of itself can spoil the beat
 * of its whole host: what PostgreSQL has no place for is replaced or left out.
 */
export function columnsOf(member: Member): Readonly<Record<string, unknown>> {
  const { memoryBytes, pid, version, startedAt } = member;
  return {
    id: member.id,
    parent_id: member.parentId ?? null,
    kind: storable(member.kind),
    name: storable(member.name),
    pid: Number.isInteger(pid) && Math.abs(pid) < 2 ** 31 ? pid : null,
    state: storable(member.state),
    version: version === undefined ? null : storable(version),
    memory_bytes:
      memoryBytes === undefined || !Number.isFinite(memoryBytes) ? null : Math.round(memoryBytes),
    started_at: instantOf(startedAt),
  };
}

/** Null for what is no instant of the years that people live in. */
function instantOf(text: string): string | null {
  const ms = Date.parse(text);
  return ms >= 0 && ms < Date.UTC(10_000) ? new Date(ms).toISOString() : null;
}

/** PostgreSQL's text holds neither NUL nor half of a surrogate pair. */
function storable(text: string): string {
  return text.replaceAll(/[\0\p{Surrogate}]/gu, '\u{FFFD}');
}
