/** The user's module: found, loaded whatever its language, and checked for something that answers. */

import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

import * as errors from '../errors/index.js';
import * as scripts from '../scripts/index.js';

/** What a module may export as its default: something that turns a Request into a Response. */
export type Application = FetchFunction | { readonly fetch: FetchFunction };

type FetchFunction = (request: Request, ...rest: never[]) => Response | Promise<Response>;

export interface LoadOptions {
  /** Folder for compiled TypeScript where Node cannot run it itself; made when needed. */
  readonly cacheDir: string;
}

/**
 * Loads `file` and returns its default export.
 *
 * JavaScript is imported. TypeScript is imported too where Node strips types by itself (22.18 and
 * later); elsewhere jiti compiles it once into `cacheDir`.
 *
 * @throws RodentError APP_INVALID when the file is missing, throws while it loads, or exports nothing usable.
 */
export async function load(file: string, options: LoadOptions): Promise<Application> {
  const found = locate(file);
  const module = await importModule(found, options).catch((error: unknown) => {
    throw new errors.RodentError(
      `Cannot load the application "${found}": ${summary(error, path.dirname(found))}`,
      { code: 'APP_INVALID', cause: error, contextData: { file: found } },
    );
  });
  return pick(module, found);
}

/** Returns the real path of the module. @throws RodentError APP_INVALID when there is no such file. */
export function locate(file: string): string {
  const stat = fs.statSync(file, { throwIfNoEntry: false });
  if (stat?.isFile() === true) return fs.realpathSync(file);
  throw new errors.RodentError(
    stat === undefined
      ? `Cannot find the application "${file}"${suggest(file)}.`
      : `Cannot load the application "${file}": it is not a file.`,
    { code: 'APP_INVALID', contextData: { file } },
  );
}

/** `; did you mean "app.ts"?` when the folder holds a file of the same name but another ending. */
function suggest(file: string): string {
  const dir = path.dirname(file);
  if (!fs.existsSync(dir)) return '';
  const stem = path.parse(file).name.toLowerCase();
  const near = fs.readdirSync(dir).find((name) => path.parse(name).name.toLowerCase() === stem);
  return near === undefined ? '' : `; did you mean "${near}"`;
}

/** Imports a module, TypeScript included. */
export async function importModule(file: string, options: LoadOptions): Promise<unknown> {
  if (scripts.isNative(file)) {
    try {
      return await import(pathToFileURL(file).href);
    } catch (error) {
      // Enums and the like have to be compiled, not stripped.
      if (!errors.hasCode(error, 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX')) throw error;
    }
  }
  const { createJiti } = await import('jiti');
  const jiti = createJiti(pathToFileURL(file).href, {
    fsCache: options.cacheDir,
    interopDefault: false,
  });
  return jiti.import(file);
}

function pick(module: unknown, file: string): Application {
  const value = isRecord(module) ? unwrap(module['default']) : undefined;
  if (isApplication(value)) return value;
  const found = value === undefined ? 'has no default export' : `exports ${describeValue(value)}`;
  throw new errors.RodentError(
    `Cannot serve the application "${file}": it ${found}; its default export must be a Hono app, an object with a fetch function, or a function of a Request.`,
    { code: 'APP_INVALID', contextData: { file } },
  );
}

/** A CommonJS module compiled from `export default` holds its value one level deeper. */
function unwrap(value: unknown): unknown {
  return isRecord(value) && !isApplication(value) && 'default' in value ? value['default'] : value;
}

function isApplication(value: unknown): value is Application {
  if (typeof value === 'function') return !/^class\s/.test(Function.prototype.toString.call(value));
  return isRecord(value) && typeof value['fetch'] === 'function';
}

function describeValue(value: unknown): string {
  if (value === null) return 'null';
  if (typeof value === 'function') return 'a class';
  return typeof value === 'object' ? 'an object without a fetch function' : `a ${typeof value}`;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

/** The error's name and first line, and the place in the application's own folder where it arose. */
function summary(error: unknown, dir: string): string {
  const { name, message, stack } = errors.from(error);
  const line = message.split('\n', 1)[0] ?? '';
  const text = line.startsWith(name) ? line : `${name}: ${line}`;
  const place = (stack ?? '')
    .split('\n')
    .map((frame) => frame.replace('file://', ''))
    .find((frame) => frame.includes(dir) && !frame.includes('node_modules'));
  const at = place === undefined ? undefined : /(\/[^()\s]+:\d+(?::\d+)?)/.exec(place)?.[1];
  return at === undefined ? `${text.replace(/\.$/, '')}.` : `${text.replace(/\.$/, '')} (${at}).`;
}
