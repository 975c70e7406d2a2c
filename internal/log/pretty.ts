/** Records for people: one line each and the stack of an error below, in colour on request. */

/** What a terminal would obey: removed from every line. Tabs and line ends may stay. */
// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const CONTROLS = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F]/g;
/** A value that needs no quotes to be read as one. */
const BARE = /^[\w./:@+-]+$/;

const COLORS: Readonly<Record<string, number>> = {
  TRACE: 90,
  DEBUG: 34,
  INFO: 32,
  WARN: 33,
  ERROR: 31,
  FATAL: 35,
};
const FAINT = 2;

/** Turns a line of a log into text for people; both without the line's end. */
export type Format = (line: string) => string;

/** A record as JSON gives it back: nothing about it is certain. */
type Parsed = Readonly<Record<string, unknown>>;

/**
 * Makes a format; lines that are no records pass, without control characters.
 *
 * Written by hand, since the usual library takes 60 ms of CPU to load, half of the start of a small
 * service, and hides values that are called `pid` or `name`.
 */
export function createFormat(options: { readonly color: boolean }): Format {
  const paint = options.color ? inColor : plainly;
  return (line) => {
    const record = parse(line);
    return record === undefined ? clean(line) : format(record, paint);
  };
}

type Paint = (code: number, text: string) => string;

function inColor(code: number, text: string): string {
  return `\u001B[${code}m${text}\u001B[0m`;
}

function plainly(_code: number, text: string): string {
  return text;
}

function format(record: Parsed, paint: Paint): string {
  const { timestamp, level, detail, error, context_msg: message } = record;
  const data = asRecord(record['context_data']) ?? {};
  const label = String(level).toUpperCase();
  const color = COLORS[label] ?? FAINT;
  const isRequest = detail === 'Request' && 'status' in data;
  const main = isRequest ? describeRequest(data) : clean(String(detail));
  const values = isRequest ? { request_id: data['request_id'] } : { context: message, ...data };
  const head = `${paint(FAINT, clean(String(timestamp)))} ${paint(color, clean(label).padEnd(5))}`;
  const tail = formatValues(values);
  const line = `${head} ${main}${tail === '' ? '' : ` ${paint(FAINT, tail)}`}`;
  return error === undefined ? line : `${line}\n${describeError(error)}`;
}

function parse(line: string): Parsed | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const record = asRecord(JSON.parse(line));
    return record !== undefined && 'level' in record && 'detail' in record ? record : undefined;
  } catch {
    return undefined; // What an application wrote may begin like a record.
  }
}

function asRecord(value: unknown): Parsed | undefined {
  return typeof value === 'object' && value !== null ? { ...value } : undefined;
}

function describeRequest(data: Parsed): string {
  const { method, path, query, status, duration_ms: ms, bytes_out: bytes } = data;
  const target = query === '' ? path : `${String(path)}?${String(query)}`;
  return clean(
    `${String(method)} ${String(target)} ${String(status)} ${String(ms)} ms ${String(bytes)} B`,
  );
}

function formatValues(values: Parsed): string {
  return Object.entries(values)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${clean(key)}=${formatValue(value)}`)
    .join(' ');
}

function formatValue(value: unknown): string {
  if (typeof value === 'string' && BARE.test(value)) return value;
  return clean(JSON.stringify(value));
}

/** The stack of the error and of each cause. */
function describeError(error: unknown): string {
  const { stack, detail, cause } = asRecord(error) ?? { detail: error };
  const text = clean(String(stack ?? detail)).replaceAll(/^/gm, '    ');
  return cause === undefined ? text : `${text}\n    caused by:\n${describeError(cause)}`;
}

function clean(text: string): string {
  return text.replaceAll(CONTROLS, '');
}
