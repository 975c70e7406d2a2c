/**
 * Runs the benches and prints one table: `node bench/run.mjs [name…] [--json]`.
 *
 * A bench is a module of this folder that exports `run()`; see README.md for what it resolves to.
 */

import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';

const COLUMNS = ['name', 'value', 'unit', 'against', 'aim'];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean', default: false } },
});
const rows = [];
for (const { name, run } of await load(positionals)) {
  for (const row of await run()) rows.push({ bench: name, ...row });
}
process.stdout.write(values.json ? `${JSON.stringify(rows, null, 2)}\n` : table(rows));

/** The benches called `wanted`, or all of them, in alphabetical order. */
async function load(wanted) {
  const names = fs
    .readdirSync(import.meta.dirname)
    .filter((file) => file.endsWith('.mjs') && exportsRun(file))
    .map((file) => path.basename(file, '.mjs'));
  const unknown = wanted.filter((name) => !names.includes(name));
  if (unknown.length > 0) {
    throw new Error(`No bench "${unknown.join('", "')}"; there is ${names.join(', ')}.`);
  }
  const chosen = names.filter((name) => wanted.length === 0 || wanted.includes(name));
  return Promise.all(
    chosen.map(async (name) => ({ name, run: (await import(`./${name}.mjs`)).run })),
  );
}

/** Read, not imported: other files here are programs that begin as soon as they are loaded. */
function exportsRun(file) {
  const text = fs.readFileSync(path.join(import.meta.dirname, file), 'utf8');
  return /^export (async )?function run\(/m.test(text);
}

/** Columns as wide as their widest cell; numbers to the right. */
function table(rows) {
  const heads = Object.fromEntries(COLUMNS.map((column) => [column, column]));
  const lines = [heads, ...rows.map((row) => ({ ...row, value: format(row.value) }))];
  const width = (column) => Math.max(...lines.map((line) => String(line[column] ?? '').length));
  const cell = (line, column) =>
    column === 'value'
      ? String(line[column] ?? '').padStart(width(column))
      : String(line[column] ?? '').padEnd(width(column));
  return lines
    .map((line) =>
      COLUMNS.map((column) => cell(line, column))
        .join('  ')
        .trimEnd(),
    )
    .map((line) => `${line}\n`)
    .join('');
}

/** Three significant digits; a text stays as it is. */
function format(value) {
  if (typeof value !== 'number') return value;
  return Math.abs(value) >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
}
