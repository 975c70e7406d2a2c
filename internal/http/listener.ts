/** The listening socket: opened by one, served by another. */

import dns from 'node:dns/promises';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';

import * as errors from '../errors/index.js';
import type { Bound, Place } from './handle.js';
import { BindError, bindNative, bindPublic, nativeBind } from './handle.js';

/** Where to listen. */
export type ListenOptions =
  | {
      /** Name or address; `''` means every interface. Default: '127.0.0.1'. */
      readonly host?: string;
      /** 0 lets the kernel choose. */
      readonly port: number;
    }
  /** A descriptor that this process inherited: from systemd (the first is 3), or from its parent. */
  | { readonly fd: number }
  /** Nowhere: another process accepts on that address and hands its connections to `Server.adopt`. */
  | { readonly acceptedAt: { readonly host: string; readonly port: number } };

/** An open socket that accepts nothing until a server serves on it. */
export interface Listener {
  /** `http://host:port`, as people would type it. */
  readonly url: string;
  readonly host: string;
  readonly port: number;
  /**
   * An entry for `child_process.spawn(…, { stdio: [0, 1, 2, listener.stdio] })`: the child gets the
   * same socket as that descriptor. Take it before the listener closes. Without a descriptor (`fd`) where
   * this Node shows none; undefined where another process accepts.
   */
  readonly stdio: unknown;
  /** Makes the kernel's queue of connections as short as it can be, for every holder of the socket. */
  shortenQueue(): void;
  /** Connections that came before a server did; empty where this Node can bind without accepting. */
  takeEarly(): readonly net.Socket[];
  /**
   * Calls `fn` for each connection that this process accepts although it only holds the socket for
   * others; never where this Node can bind without accepting. They are paused.
   */
  onEarly(fn: (socket: net.Socket) => void): void;
  /** Closes this process's copy of the socket; idempotent. Others that hold it go on. */
  close(): void;
}

/**
 * Opens a listening socket, or takes an inherited one.
 *
 * Nothing is accepted yet. A new socket refuses connections until a server serves on it for the first
 * time; from then on, and from the start with an inherited one, connections wait in its backlog while
 * nobody serves.
 *
 * @throws RodentError ADDRESS_IN_USE, ADDRESS_PRIVILEGED, ADDRESS_UNAVAILABLE; FILE for a descriptor
 * that is no listening TCP socket.
 * Source: seed 004 (R-ROD-32), R-INP-70; man systemd.socket, sd_listen_fds(3).
 */
export async function listen(options: ListenOptions): Promise<Listener> {
  if ('fd' in options) return inherit(options.fd);
  if ('acceptedAt' in options)
    return describe({ ...NOWHERE, ...options.acceptedAt }, options.acceptedAt.host);
  const host = options.host ?? '127.0.0.1';
  try {
    const bound = await bind({ address: await resolve(host), port: options.port });
    return describe(bound, host);
  } catch (error) {
    throw explain(error, { host, port: options.port });
  }
}

/** What stands for a socket that only another process has. */
const NOWHERE: Omit<Bound, 'port'> = {
  stdio: undefined,
  address: '',
  shortenQueue: () => undefined,
  takeEarly: () => [],
  onEarly: () => undefined,
  close: () => undefined,
};

async function inherit(fd: number): Promise<Listener> {
  try {
    if (!fs.fstatSync(fd).isSocket()) throw new Error('not a socket');
    const bound = await bind({ fd });
    return describe(bound, bound.address);
  } catch (error) {
    throw new errors.RodentError(
      `Cannot listen on the inherited descriptor ${fd}: it is no TCP socket of this process.`,
      { code: 'FILE', contextData: { fd }, cause: error },
    );
  }
}

async function bind(place: Place): Promise<Bound> {
  const create = nativeBind();
  return create === undefined ? bindPublic(place) : bindNative(place, create);
}

/** `null` stands for every interface; Node then prefers `::`, which takes both families. */
async function resolve(host: string): Promise<string | null> {
  if (host === '') return null;
  if (net.isIP(host) !== 0) return host;
  const { address } = await dns.lookup(host);
  return address;
}

function describe(bound: Bound, host: string): Listener {
  let isOpen = true;
  const { port, stdio } = bound;
  const shown = host === '' || host === '::' || host === '0.0.0.0' ? 'localhost' : host;
  return {
    url: `http://${shown.includes(':') ? `[${shown}]` : shown}:${port}`,
    host,
    port,
    stdio,
    shortenQueue: () => bound.shortenQueue(),
    takeEarly: () => bound.takeEarly(),
    onEarly: (fn) => bound.onEarly(fn),
    close: () => {
      if (isOpen) bound.close();
      isOpen = false;
    },
  };
}

/** Returns `error` as a sentence that says which address failed and what to do about it. */
export function explain(
  error: unknown,
  place: { readonly host: string; readonly port: number },
): errors.RodentError {
  const { host, port } = place;
  const name = systemCode(error);
  const options = { contextMsg: name, contextData: { host, port }, cause: error };
  const where = `"${host}" port ${port}`;
  switch (name) {
    case 'EADDRINUSE':
      return new errors.RodentError(
        `Cannot listen on ${where}: another process uses that port; stop it or choose another port.`,
        { ...options, code: 'ADDRESS_IN_USE' },
      );
    case 'EACCES':
    case 'EPERM':
      return new errors.RodentError(
        `Cannot listen on ${where}: this user may not open that port; choose one above 1023.`,
        { ...options, code: 'ADDRESS_PRIVILEGED' },
      );
    case 'EADDRNOTAVAIL':
    case 'EAFNOSUPPORT':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new errors.RodentError(
        `Cannot listen on ${where}: no interface of this machine has that address.`,
        { ...options, code: 'ADDRESS_UNAVAILABLE' },
      );
    default:
      return new errors.RodentError(`Cannot listen on ${where}: ${errors.describe(error)}.`, {
        ...options,
        code: 'START_FAILED',
      });
  }
}

function systemCode(error: unknown): string {
  if (error instanceof BindError) {
    const found = Object.entries(os.constants.errno).find(([, number]) => number === -error.errno);
    return found?.[0] ?? String(error.errno);
  }
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
