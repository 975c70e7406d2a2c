/** How the server is set up. */

import type { Place } from './place.js';

/**
 * What stands in postgresql.conf of a new cluster, and is the operator's to change from then on: a
 * small server whose commits are durable. (`fsync` and `synchronous_commit` are on by default.)
 */
const SETTINGS: Readonly<Record<string, string>> = {
  shared_buffers: '32MB',
  max_connections: '100',
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_wal_size: '128MB',
  jit: 'off',
  autovacuum_naptime: '10s',
  idle_in_transaction_session_timeout: '60s',
  timezone: "'UTC'",
  log_timezone: "'UTC'",
};

/** Settings that only some versions know, by the first of them. */
const SINCE: Readonly<Record<number, Readonly<Record<string, string>>>> = {
  18: { io_method: 'sync' },
};

/** The lines that a new cluster's postgresql.conf gets; `version` is PostgreSQL's, as `18.4`. */
export function linesFor(version: string): string {
  const newer = Object.entries(SINCE)
    .filter(([since]) => Number(since) <= majorOf(version))
    .map(([, settings]) => settings);
  const all: Readonly<Record<string, string>> = Object.assign({}, SETTINGS, ...newer);
  const lines = Object.entries(all).map(([key, value]) => `${key} = ${value}`);
  return `\n# Set by rodent when it made this cluster; change what you like.\n${lines.join('\n')}\n`;
}

/** The arguments that make a server ours: its data, its socket, and no other way in. */
export function argumentsFor({ data, name, socketDir }: Place): readonly string[] {
  const settings = {
    listen_addresses: '',
    unix_socket_directories: quoted(socketDir),
    port: '5432',
    cluster_name: name,
    // The log is the owner's, one file of bounded size.
    logging_collector: 'off',
    log_destination: 'stderr',
  };
  return [
    '-D',
    data,
    ...Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${value}`]),
  ];
}

/** The number that decides about the format of the data: 18 of `18.4`. */
export function majorOf(version: string): number {
  return Number.parseInt(version, 10);
}

/** A list of folders is separated by commas; in quotes one may hold a comma, too. */
function quoted(folder: string): string {
  return `"${folder.replaceAll('"', '""')}"`;
}
