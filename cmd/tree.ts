/** The supervisor and its workers as lines for people: aligned, painted, cut to the terminal. */

import type * as child from '../internal/child/index.js';
import type * as instance from '../internal/instance/index.js';
import * as terminal from '../internal/terminal/index.js';
import * as words from './worker-words.js';

/** What lines are drawn with. */
export interface Drawing {
  readonly paint: terminal.Terminal['paint'];
  /** How wide the lines may be; undefined where nobody knows. */
  readonly columns: number | undefined;
  /** Milliseconds since the epoch that ages are told against. */
  readonly nowMs: number;
}

/** One line, before it is aligned. */
interface Row {
  readonly label: string;
  readonly pid: string;
  readonly state: words.State;
  /** In the order of `words.figures`; an empty list for what has none. */
  readonly figures: readonly string[];
  readonly notes: string;
}

/** A line as far as it is aligned, and what may be cut off. */
interface Line {
  readonly aligned: string;
  readonly length: number;
  readonly notes: string;
}

/** How much of its notes a line shows at least, before figures are left out. */
const NOTES_CHARS = 32;

/** The figures, the most important first; on a narrow terminal the last goes first. */
const FIGURES = 5;

/** Draws the supervisor and, below it, each of its workers. */
export function tree(service: instance.ServiceStatus, drawing: Drawing): string {
  const newest = newestGeneration(service.workers);
  const workers = service.workers.toSorted(compare);
  const rows = workers.map((worker, index) => {
    const branch = index === workers.length - 1 ? '└─ ' : '├─ ';
    return rowOf(worker, { branch, newest, nowMs: drawing.nowMs });
  });
  return layOut([rootOf(service), ...rows], drawing);
}

/** Draws `workers` one below the other, without what keeps them. */
export function list(workers: readonly child.WorkerStatus[], drawing: Drawing): string {
  const around = { branch: '', newest: 0, nowMs: drawing.nowMs };
  const rows = workers.toSorted(compare).map((worker) => rowOf(worker, around));
  return layOut(rows, drawing);
}

function rootOf({ pid, phase, uptimeMs, memoryBytes }: instance.ServiceStatus): Row {
  return {
    label: 'supervisor',
    pid: String(pid),
    state: { text: phase, colour: phase === 'ready' ? 'green' : 'yellow' },
    figures: [terminal.duration(uptimeMs), terminal.bytes(memoryBytes)],
    notes: '',
  };
}

interface Surroundings {
  /** What joins the line to the supervisor's; empty in a list, whose kind needs no word either. */
  readonly branch: string;
  /** The newest generation of http workers; 0 where generations do not matter. */
  readonly newest: number;
  readonly nowMs: number;
}

function rowOf(worker: child.WorkerStatus, { branch, newest, nowMs }: Surroundings): Row {
  const isOld = worker.kind === 'http' && worker.generation < newest;
  return {
    label: branch === '' ? worker.name : `${branch}${words.label(worker)}`,
    pid: worker.pid === undefined ? '' : String(worker.pid),
    state: words.state(worker, isOld ? 'old' : 'current'),
    figures: worker.isSpare ? [] : words.figures(worker),
    notes: words.plain(
      [...words.notes(worker, nowMs), ...(isOld ? [`generation ${worker.generation}`] : [])].join(
        '  ',
      ),
    ),
  };
}

function newestGeneration(workers: readonly child.WorkerStatus[]): number {
  const generations = workers.filter(({ kind }) => kind === 'http').map((one) => one.generation);
  return Math.max(0, ...generations);
}

/** http workers first, then their spares, and so on by kind; by name, the newest generation first. */
function compare(a: child.WorkerStatus, b: child.WorkerStatus): number {
  return (
    rank(a) - rank(b) ||
    a.name.localeCompare(b.name, 'en', { numeric: true }) ||
    b.generation - a.generation
  );
}

function rank({ kind, isSpare }: child.WorkerStatus): number {
  return KINDS.indexOf(kind) + (isSpare ? 0.5 : 0);
}

const KINDS: readonly child.WorkerKind[] = ['http', 'script', 'program', 'worker', 'database'];

/** Leaves out figure after figure until the lines fit, and cuts the notes to what is left. */
function layOut(rows: readonly Row[], { paint, columns = Infinity }: Drawing): string {
  const fits = ({ length, notes }: Line): boolean =>
    length + Math.min(notes.length, NOTES_CHARS) <= columns;
  let kept = FIGURES;
  let lines = align(rows, { paint, kept });
  while (kept > 0 && !lines.every(fits)) {
    kept -= 1;
    lines = align(rows, { paint, kept });
  }
  return lines
    .map(({ aligned, length, notes }) => {
      if (notes === '') return aligned.trimEnd();
      return `${aligned}${paint('dim', words.cut(notes, Math.max(columns - length, 1)))}`;
    })
    .join('\n');
}

interface Columns {
  readonly paint: Drawing['paint'];
  /** How many figures are shown. */
  readonly kept: number;
}

/** Only what has figures stands in their columns: a reason to read stands right beside the state. */
function align(rows: readonly Row[], { paint, kept }: Columns): readonly Line[] {
  const shown = rows.map((row) => row.figures.slice(0, kept));
  const widths = Array.from({ length: kept }, (_, column) =>
    widest(shown.map((figures) => figures[column] ?? '')),
  );
  const labels = widest(rows.map(({ label }) => label));
  const pids = widest(rows.map(({ pid }) => pid));
  const states = widest(rows.map(({ state }) => state.text));
  return rows.map(({ label, pid, state, notes }, index) => {
    const figures = shown[index]?.some((figure) => figure !== '') === true ? shown[index] : [];
    const cells = widths
      .map((width, column) => [figures[column] ?? '', width, column] as const)
      .filter(([, width]) => width > 0 && figures.length > 0)
      .map(([text, width, column]) => (column === 0 ? text.padEnd(width) : text.padStart(width)));
    const head = `${label.padEnd(labels)}  ${pid.padEnd(pids)}  `;
    const rest = ['', ...cells, ''].join('  ');
    return {
      aligned: `${head}${paint(state.colour, state.text)}${' '.repeat(states - state.text.length)}${rest}`,
      length: head.length + states + rest.length,
      notes,
    };
  });
}

function widest(texts: readonly string[]): number {
  return Math.max(0, ...texts.map((text) => text.length));
}
