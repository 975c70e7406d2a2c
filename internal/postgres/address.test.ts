import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { describe, expect, test } from 'vitest';

import { tempDir } from '../../test/support/index.js';
import { passwordOf, resolve } from './address.js';
import * as postgres from './index.js';

const { username } = os.userInfo();

function fileWith(text: string, mode = 0o600): string {
  const file = path.join(tempDir(), 'pass');
  fs.writeFileSync(file, text, { mode });
  return file;
}

describe('describe()', () => {
  test.each<[postgres.Address, string]>([
    [{ url: 'postgresql://u:secret@h:5433/n?sslmode=require' }, 'postgresql://u@h:5433/n'],
    [{ url: 'postgres://u@h/n?password=secret' }, 'postgresql://u@h/n'],
    [{ url: 'postgresql://u@/n?host=/run/x' }, 'postgresql://u@/n?host=/run/x'],
    [{ url: 'postgresql://u@%2Frun%2Fx:5433/n' }, 'postgresql://u@/n?host=/run/x&port=5433'],
    [{ url: 'postgresql:///n?host=/run/x&user=u' }, 'postgresql://u@/n?host=/run/x'],
    [{ url: 'postgresql://u@[::1]:1/n' }, 'postgresql://u@[::1]:1/n'],
    [{ url: 'postgresql://a%40b:x%2Fy@h/n%20m' }, 'postgresql://a%40b@h/n%20m'],
    [{ url: 'postgresql://' }, `postgresql://${username}@localhost/${username}`],
    [{ url: 'postgresql://u@h' }, 'postgresql://u@h/u'],
    [{}, `postgresql://${username}@localhost/${username}`],
    [{ host: '/run/x', user: 'u', password: 'secret', name: 'n' }, 'postgresql://u@/n?host=/run/x'],
    [{ url: 'postgresql://u:secret@h/n', name: 'm', port: 7 }, 'postgresql://u@h:7/m'],
  ])('of %j is %s', (address, expected) => {
    expect(postgres.describe(address)).toBe(expected);
  });
});

describe('an address', () => {
  test.each([
    ['mysql://u:secret@h/n', /not of the form postgresql:/],
    ['postgresql://u:secret@h,i/n', /not of the form/],
    ['postgresql://u:secret@h:99999/n', /port/],
    ['postgresql://u:%zzsecret@h/n', /"%"/],
    ['postgresql://u:pa@w/secret@h:5432/n', /"@" behind its host; write @ : and \/ in a password/],
    ['postgresql://u:secret@h/n?sslmdoe=require', /parameter "sslmdoe" that is not known/],
    ['postgresql://u:secret@h/n?sslmode=perhaps', /sslmode "perhaps"/],
  ])('%s is refused without showing its password', (url, sentence) => {
    const open = (): unknown => postgres.open({ address: { url }, applicationName: 'test' });
    expect(open).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
    expect(open).toThrow(sentence);
    expect(open).not.toThrow(/secret/);
  });

  test('takes what stands in the URL, and what stands beside it before that', () => {
    const url =
      'postgresql://u:p@h:1/n?passfile=/f&sslmode=verify-full&sslrootcert=/c&application_name=x&options=-c%20a%3Db';
    expect(resolve({ url, password: 'q' })).toMatchObject({
      host: 'h',
      port: 1,
      user: 'u',
      password: 'q',
      name: 'n',
      passFile: '/f',
      sslmode: 'verify-full',
      sslrootcert: '/c',
      options: '-c a=b',
    });
  });

  test('asks for TLS as libpq does where nothing is said', () => {
    expect(resolve({}).sslmode).toBe('prefer');
    expect(resolve({ url: 'postgresql://h/n?ssl=true' }).sslmode).toBe('require');
    expect(resolve({ sslrootcert: 'system' }).sslmode).toBe('verify-full');
  });
});

describe('fingerprint()', () => {
  test('tells two addresses apart by their password alone, also one in a file', () => {
    const print = (password: string): string => postgres.fingerprint({ host: 'h', password });
    expect(print('a')).toBe(print('a'));
    expect(print('a')).not.toBe(print('b'));
    const passFile = fileWith('*:*:*:*:one\n');
    const before = postgres.fingerprint({ host: 'h', passFile });
    fs.writeFileSync(passFile, '*:*:*:*:two\n');
    expect(postgres.fingerprint({ host: 'h', passFile })).not.toBe(before);
  });
});

describe('a password file', () => {
  const address = { host: 'h', port: 5432, name: 'n', user: 'u' };
  const find = (text: string, more: postgres.Address = {}): string | undefined =>
    passwordOf(resolve({ ...address, passFile: fileWith(text), ...more }));

  test.each([
    ['h:5432:n:u:p\\:\\\\ä', {}],
    ['# a comment\r\n\r\nother:5432:n:u:x\r\n*:*:*:*:p:\\\\ä\r\n', {}],
    ['/run/x:5432:n:u:p:\\\\ä\n*:*:*:*:x', { host: '/run/x' }],
    ['localhost:*:*:u:p:\\\\ä', { host: '/run/x' }],
    ['h:*:a\\:b:u:p:\\\\ä', { name: 'a:b' }],
  ])('gives the password of the first line that fits: %j', (text, more) => {
    expect(find(text, more)).toBe('p:\\ä');
  });

  test('gives none where no line fits, nor where there is no file', () => {
    expect(find('h:5433:n:u:p\nh:5432:n:v:p\n*:*:*:*')).toBeUndefined();
    expect(find('', { passFile: path.join(tempDir(), 'none') })).toBeUndefined();
  });

  test('gives way to a password that is said', () => {
    expect(find('*:*:*:*:p', { password: 'q' })).toBe('q');
  });

  test('is refused when others may read it', () => {
    expect(() => find('', { passFile: fileWith('*:*:*:*:secret', 0o644) })).toThrow(
      /^The password file ".*" may be read by others; make its mode 0600\.$/,
    );
  });
});
