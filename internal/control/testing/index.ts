/** Package testing: what the tests of the control socket share. */

import { EventEmitter, once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { onTestFinished } from 'vitest';

import { tempDir } from '../../../test/support/index.js';
import * as errors from '../../errors/index.js';
import * as control from '../index.js';

export const SERVICE: string = fileURLToPath(new URL('../fixtures/service.mjs', import.meta.url));
export const isRoot: boolean = process.getuid?.() === 0;
export const NOBODY = 65_534;

export interface Opened {
  readonly path: string;
  readonly control: control.Control;
  readonly hooks: readonly string[];
}

export async function open(
  routes: control.Routes,
  options: Partial<control.ControlOptions> = {},
): Promise<Opened> {
  const hooks: string[] = [];
  const life = { registerShutdownHook: (name: string) => hooks.push(name) };
  const file = options.path ?? path.join(tempDir(), 'run', 'control.sock');
  const opened = await control.open(life, { path: file, routes, ...options });
  onTestFinished(() => opened.close());
  return { path: file, control: opened, hooks };
}

/** Serves whatever is asked at a path, without any of the care of `open`. */
export async function squat(file: string, handler: http.RequestListener): Promise<http.Server> {
  const server = http.createServer(handler).listen(file);
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return server;
}

/** Resolves with everything a raw connection hears until its end. */
export async function raw(file: string, text: string): Promise<string> {
  const socket = net.connect(file).setEncoding('utf8');
  let heard = '';
  socket.on('data', (chunk: string) => (heard += chunk)).on('error', () => undefined);
  socket.write(text);
  await once(socket, 'close');
  return heard;
}

/** Something that happens once. */
export function moment(): { readonly come: Promise<unknown>; happen(this: void): void } {
  const emitter = new EventEmitter();
  return { come: once(emitter, 'moment'), happen: () => void emitter.emit('moment') };
}

export function code(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'no error',
    (error: unknown) => (errors.isRodentError(error) ? error.code : String(error)),
  );
}
