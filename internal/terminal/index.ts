/**
 * Package terminal: what people read: aligned tables, a little colour, durations and sizes in words.
 *
 * Its contract: pure functions make text, and only `create` writes. Results go to stdout, everything
 * else to stderr; colour appears only on a terminal and never with NO_COLOR. Programs get `--json`.
 */

export { create } from './terminal.js';
export type { Terminal, TerminalOptions } from './terminal.js';
export { bytes, duration, table } from './text.js';
