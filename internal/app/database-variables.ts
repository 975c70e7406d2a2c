/** The variables by which programs and worker scripts find the database of the service. */

import type * as config from '../config/index.js';
import * as instance from '../instance/index.js';
import type * as postgres from '../postgres/index.js';

/** To be added to an environment; what is undefined is to be left out of it. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** What would name another database than the one that is meant. */
const NONE = {
  DATABASE_URL: undefined,
  PGHOST: undefined,
  PGHOSTADDR: undefined,
  PGPORT: undefined,
  PGUSER: undefined,
  PGPASSWORD: undefined,
  PGDATABASE: undefined,
  PGSERVICE: undefined,
  PGSSLMODE: undefined,
} as const;

/** Tells where the embedded database is; none of it is a secret. */
export function embeddedVariables(
  settings: config.Config,
  { host, user, name, passFile }: postgres.Address,
): Variables {
  return {
    ...NONE,
    RODENT_DATABASE_FILE: instance.announcementFile(settings),
    PGHOST: host,
    PGUSER: user,
    PGDATABASE: name,
    PGPASSFILE: passFile,
  };
}

/**
 * Tells worker scripts where a configured database is, wherever it was configured. The password is told
 * in the same way as the service may be told it; only these scripts, which are its own, get it.
 */
export function configuredVariables(address: postgres.Address): Variables {
  const { url, host, port, user, password, name } = address;
  if (url !== undefined) return { ...NONE, DATABASE_URL: completed(url, address) };
  return {
    ...NONE,
    PGHOST: host,
    PGPORT: port?.toString(),
    PGUSER: user,
    PGPASSWORD: password,
    PGDATABASE: name,
    PGSSLMODE: sslmodeOf(address),
  };
}

/** A URL that says itself what was configured beside it. */
function completed(url: string, address: postgres.Address): string {
  const { host, port, user, password, name: dbname } = address;
  const parts = { host, port, user, password, dbname, sslmode: sslmodeOf(address) };
  const beside = Object.entries(parts).flatMap(([key, value]) =>
    value === undefined ? [] : [`${key}=${encodeURIComponent(value)}`],
  );
  if (beside.length === 0) return url;
  return `${url}${url.includes('?') ? '&' : '?'}${beside.join('&')}`;
}

/** The default needs no word, and other drivers take it for another. */
function sslmodeOf({ sslmode }: postgres.Address): string | undefined {
  return sslmode === 'prefer' ? undefined : sslmode;
}
