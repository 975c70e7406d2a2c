import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import https from 'node:https';
import path from 'node:path';
import tls from 'node:tls';

import { expect, onTestFinished, test } from 'vitest';

import { tempDir, until } from '../../test/support/index.js';
import * as context from '../context/index.js';
import { deferred, request } from './testing/client.js';
import { serve } from './testing/life.js';
import { readCredentials } from './tls.js';

interface Files {
  readonly cert: string;
  readonly key: string;
}

/** A certificate of its own making, for 127.0.0.1. */
function makeCertificate(dir: string, name: string): Files {
  const cert = path.join(dir, `${name}.crt`);
  const key = path.join(dir, `${name}.key`);
  execFileSync(
    'openssl',
    // prettier-ignore
    ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', cert],
    { stdio: 'ignore' },
  );
  fs.chmodSync(key, 0o600);
  return { cert, key };
}

async function connect(port: number, files: Files): Promise<tls.TLSSocket> {
  const connected = deferred();
  const socket = tls.connect({ port, host: '127.0.0.1', ca: fs.readFileSync(files.cert) }, () =>
    connected.resolve(),
  );
  socket.on('error', connected.reject);
  onTestFinished(() => {
    socket.destroy();
  });
  await connected.promise;
  return socket;
}

test('requests over TLS are served, recorded and counted', async () => {
  const files = makeCertificate(tempDir(), 'own');
  const { server, url, records } = await serve((req) => new Response(req.url), { tls: files });
  expect(url).toMatch(/^https:/);
  const body = await new Promise<string>((resolve, reject) => {
    const options = { ca: fs.readFileSync(files.cert), agent: false };
    https
      .get(`${url}/secure`, options, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        response.on('end', () => resolve(text));
      })
      .on('error', reject);
  });
  expect(body).toBe(`${url}/secure`);
  await until('the record', () => records.length === 1);
  expect(records).toMatchObject([{ ip: '127.0.0.1', status: 200 }]);
  await until('the end', () => server.stats().connections === 0);
});

test('a drain over TLS closes idle connections, and those whose handshake is not done', async () => {
  const files = makeCertificate(tempDir(), 'own');
  const { server, listener } = await serve(() => new Response('ok'), { tls: files });
  const socket = await connect(listener.port, files);
  let text = '';
  socket.setEncoding('latin1').on('data', (chunk: string) => (text += chunk));
  socket.write(request('/'));
  await until('the answer', () => text.endsWith('ok'));
  expect(server.stats().connections).toBe(1);
  expect(await server.drain(context.background(), { idleMs: 10 })).toEqual({ cut: [] });
});

test('a file that cannot be read is named', () => {
  const dir = tempDir();
  const files = makeCertificate(dir, 'own');
  expect(() => readCredentials({ ...files, cert: path.join(dir, 'none.crt') })).toThrow(
    `Cannot read the TLS certificate "${dir}/none.crt".`,
  );
  expect(() => readCredentials({ ...files, key: path.join(dir, 'none.key') })).toThrow(
    `Cannot read the TLS key "${dir}/none.key".`,
  );
});

test('a key of another certificate is refused', () => {
  const dir = tempDir();
  const one = makeCertificate(dir, 'one');
  const two = makeCertificate(dir, 'two');
  expect(() => readCredentials({ cert: one.cert, key: two.key })).toThrow(
    `The TLS key "${two.key}" does not belong to the certificate "${one.cert}".`,
  );
});

test('a key that others may read is refused, with its mode', () => {
  const files = makeCertificate(tempDir(), 'own');
  fs.chmodSync(files.key, 0o640);
  expect(() => readCredentials(files)).toThrow(/others may read it \(mode 0640\)/);
});

test('files that hold no PEM are refused', () => {
  const files = makeCertificate(tempDir(), 'own');
  fs.writeFileSync(files.cert, 'hello');
  expect(() => readCredentials(files)).toThrow(/not valid PEM/);
});
