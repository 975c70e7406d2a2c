/**
 * The clients, in a process of their own: asks `/` of a port until it is told to stop, then tells what
 * came of it. Its one argument is JSON: the port and either `perSecond` (a connection for each request,
 * begun at a steady rate whatever the answers do) or `kept` and `fresh` (so many connections that ask,
 * pause for `pauseMs` and ask again, on the same connection or each time on a new one).
 */

import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const { port, perSecond, kept = 0, fresh = 0, pauseMs = 0 } = JSON.parse(process.argv[2]);
/** Who has no answer by then has lost its request. */
const PATIENCE_MS = 5_000;
const STEP_MS = 4;
const head = 'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: */*\r\n';
const REQUEST = { kept: `${head}\r\n`, fresh: `${head}Connection: close\r\n\r\n` };

const counts = { kept: newCount(), fresh: newCount() };
/** [begun, ended, what came of it] of each request at a steady rate. */
const requests = [];
let isOver = false;

function newCount() {
  return { good: 0, refused: 0, reset: 0, late: 0, failed: 0 };
}

/** Milliseconds on the clock that all processes of a machine share. */
function now() {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** A fresh connection every `everyMs`; what a busy machine delayed is caught up. */
async function steady(everyMs) {
  const pending = [];
  for (let due = now(); !isOver;) {
    for (; due <= now(); due += everyMs) pending.push(askOnce());
    await sleep(STEP_MS);
  }
  await Promise.all(pending);
}

async function askOnce() {
  const begun = now();
  const connection = connect('fresh');
  const outcome = await connection.ask();
  connection.end();
  counts.fresh[outcome] += 1;
  requests.push([begun, now(), outcome]);
}

function crowd(size, kind) {
  return Array.from({ length: size }, () => keepAsking(kind));
}

async function keepAsking(kind) {
  let connection = connect(kind);
  while (!isOver) {
    const outcome = await connection.ask();
    counts[kind][outcome] += 1;
    if (outcome !== 'good') await sleep(STEP_MS);
    else if (pauseMs > 0) await sleep(pauseMs);
    if (kind === 'kept' && connection.isOpen) continue;
    connection.end();
    connection = connect(kind);
  }
  connection.end();
}

/** One connection; what a server closes between two answers is no loss, and opened again. */
function connect(kind) {
  const socket = net.connect({ port, host: '127.0.0.1', noDelay: true });
  let text = '';
  let finish = () => undefined;
  const connection = { isOpen: true, ask, end: () => socket.destroy() };
  const lose = (how) => {
    connection.isOpen = false;
    finish(how);
  };
  socket.setEncoding('latin1');
  socket.on('error', ({ code }) => lose(code === 'ECONNREFUSED' ? 'refused' : 'reset'));
  socket.on('end', () => lose('reset'));
  socket.on('close', () => lose('reset'));
  socket.on('data', (chunk) => {
    text += chunk;
    if (!isWhole(text)) return;
    const outcome = text.startsWith('HTTP/1.1 200') ? 'good' : 'failed';
    // Whoever is told that the connection ends does not ask on it again.
    if (/^connection: close/im.test(text)) connection.isOpen = false;
    text = '';
    finish(outcome);
  });
  return connection;

  /** Resolves to what came of one request. */
  async function ask() {
    const timer = setTimeout(() => lose('late'), PATIENCE_MS);
    const outcome = await new Promise((resolve) => {
      finish = resolve;
      socket.write(REQUEST[kind]);
    });
    clearTimeout(timer);
    return outcome;
  }
}

function isWhole(text) {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return false;
  const length = /^content-length: *(\d+)/im.exec(text)?.[1];
  if (length === undefined) return text.endsWith('\r\n0\r\n\r\n');
  return text.length >= end + 4 + Number(length);
}

process.on('disconnect', () => process.exit());
process.once('message', () => {
  isOver = true;
});
const began = now();
const work =
  perSecond === undefined
    ? [...crowd(kept, 'kept'), ...crowd(fresh, 'fresh')]
    : [steady(1_000 / perSecond)];
process.send('running');
await Promise.all(work);
process.send({ ...counts, requests, seconds: (now() - began) / 1_000 });
process.disconnect();
