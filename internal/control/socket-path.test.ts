import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';

import { describe, expect, it } from 'vitest';

import { tempDir } from '../../test/support/index.js';
import { socketPath } from './index.js';
import { temporary } from './place.js';

describe('socketPath', () => {
  it('keeps a path that fits, made absolute', () => {
    expect(socketPath('/srv/hello/run/control.sock')).toBe('/srv/hello/run/control.sock');
    expect(socketPath('run/control.sock')).toBe(path.resolve('run/control.sock'));
  });

  it('answers a path that is too long with the same short one each time, another for another', () => {
    const long = `/srv/${'x'.repeat(120)}/control.sock`;
    const short = socketPath(long, { uid: 1000 });
    expect(short).toMatch(/^\/tmp\/rodent-1000\/[0-9a-f]{20}$/);
    expect(socketPath(long, { uid: 1000 })).toBe(short);
    expect(socketPath(`${long}2`, { uid: 1000 })).not.toBe(short);
  });

  it('prefers the runtime folder of the user, unless that is too long as well', () => {
    const long = `/srv/${'x'.repeat(120)}/control.sock`;
    expect(socketPath(long, { runtimeDir: '/run/user/7' })).toMatch(/^\/run\/user\/7\/rodent\//);
    expect(socketPath(long, { runtimeDir: long, tmpDir: '/var/tmp', uid: 7 })).toMatch(
      /^\/var\/tmp\/rodent-7\//,
    );
  });

  it('counts bytes, not characters', () => {
    expect(socketPath(`/srv/${'é'.repeat(50)}/control.sock`, { uid: 7 })).toMatch(/rodent-7/);
  });

  it('lets through the longest path that the kernel takes, and nothing longer', async () => {
    const folder = tempDir();
    const room = 107 - Buffer.byteLength(folder) - 1;
    const longest = path.join(folder, 'x'.repeat(room));
    expect(socketPath(longest)).toBe(longest);
    expect(socketPath(`${longest}x`)).not.toBe(`${longest}x`);
    const server = net.createServer().listen(longest);
    await new Promise((resolve) => server.once('listening', resolve));
    expect(fs.lstatSync(longest).isSocket()).toBe(true);
    await new Promise((resolve) => server.close(resolve));
  });

  it('leaves room for the temporary name beside a short one', () => {
    const file = path.join('/srv', 'x'.repeat(93), 's');
    expect(Buffer.byteLength(temporary(file))).toBeGreaterThan(107);
    expect(socketPath(file, { uid: 7 })).toMatch(/rodent-7/);
  });
});
