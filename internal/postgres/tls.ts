/** What an sslmode means: the ways to talk to the server, in the order in which they are tried. */

import fs from 'node:fs';
import type tls from 'node:tls';

import pg from 'pg';

import * as errors from '../errors/index.js';
import type { Target } from './address.js';
import { isSocketFolder } from './address.js';

/** One way: with TLS as said, or without. */
export type Transport = false | tls.ConnectionOptions;

/**
 * Returns the ways to reach `target`, at least one.
 *
 * @throws RodentError FILE when a certificate cannot be read.
 * Source: https://www.postgresql.org/docs/current/libpq-ssl.html, table 32.1.
 */
export function transports(target: Target): readonly [Transport, ...Transport[]] {
  if (isSocketFolder(target.host)) return [false];
  switch (target.sslmode) {
    case 'disable':
      return [false];
    case 'allow':
      return [false, unchecked(target)];
    case 'prefer':
      return [unchecked(target), false];
    case 'require':
      if (target.sslrootcert === undefined) return [unchecked(target)];
      return [hasOwnAuthority(target) ? issuerChecked(target) : checked(target)];
    case 'verify-ca':
      // Without an authority of one's own anybody's public certificate would do.
      return [hasOwnAuthority(target) ? issuerChecked(target) : checked(target)];
    case 'verify-full':
      return [checked(target)];
  }
}

/** Whether a connection that failed by `error` over one way may be tried over the next. */
export function isOfTransport(error: unknown): boolean {
  if (error instanceof pg.DatabaseError) return error.code === '28000';
  if (!(error instanceof Error)) return false;
  if (error.message === NO_TLS || error.message === BAD_TLS) return true;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return /^(?:EPROTO$|ERR_SSL|ERR_TLS)/u.test(code);
}

/** What pg says when the server has no TLS. */
export const NO_TLS = 'The server does not support SSL connections';
const BAD_TLS = 'There was an error establishing an SSL connection';

function hasOwnAuthority({ sslrootcert }: Target): boolean {
  return sslrootcert !== undefined && sslrootcert !== 'system';
}

function unchecked(target: Target): tls.ConnectionOptions {
  return { ...certificates(target), rejectUnauthorized: false };
}

function issuerChecked(target: Target): tls.ConnectionOptions {
  return { ...checked(target), checkServerIdentity: () => undefined };
}

/** Said in full: NODE_TLS_REJECT_UNAUTHORIZED=0 must not weaken it. */
function checked(target: Target): tls.ConnectionOptions {
  return { ...certificates(target), rejectUnauthorized: true };
}

function certificates(target: Target): tls.ConnectionOptions {
  const { sslrootcert, sslcert, sslkey } = target;
  return {
    ...(hasOwnAuthority(target) && sslrootcert !== undefined ? { ca: read(sslrootcert) } : {}),
    ...(sslcert === undefined ? {} : { cert: read(sslcert) }),
    ...(sslkey === undefined ? {} : { key: read(sslkey) }),
  };
}

function read(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (cause) {
    throw new errors.RodentError(`Cannot read the certificate or key "${file}".`, {
      code: 'FILE',
      contextData: { file },
      cause,
    });
  }
}
