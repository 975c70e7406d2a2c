import { describe, expect, test } from 'vitest';

import { createRedactor } from './redact.js';

const redactor = createRedactor(['iban']);

describe('isSecret()', () => {
  test.each([
    'password',
    'passwd',
    'secret',
    'token',
    'Authorization',
    'cookie',
    'Set-Cookie',
    'api_key',
    'apikey',
    'X-API-Key',
    'client_secret',
    'privateKey',
    'DB_PASSWORD',
    'database.password',
    'refreshToken',
    'AWS_SECRET_ACCESS_KEY',
    'proxy-authorization',
    'IBAN',
  ])('takes %s for a secret', (key) => {
    expect(redactor.isSecret(key)).toBe(true);
  });

  test.each(['user', 'max_tokens', 'token_count', 'secretary', 'key', 'passwordless', 'ibanned'])(
    'leaves %s',
    (key) => {
      expect(redactor.isSecret(key)).toBe(false);
    },
  );
});

describe('text()', () => {
  test.each([
    ['postgres://user:pa@ss@host:5432/db', 'postgres://user:***@host:5432/db'],
    ['redis://:hidden@host', 'redis://:***@host'],
    ['at http://127.0.0.1:8042/path now', 'at http://127.0.0.1:8042/path now'],
    ["host=db password='a b' user=x", 'host=db password=[redacted] user=x'],
    ['GET /x?access_token=abc&y=1 failed', 'GET /x?access_token=[redacted]&y=1 failed'],
    ['body {"password": "abc", "a": 1}', 'body {"password": "[redacted]", "a": 1}'],
    ['Authorization: Bearer eyJhbGciOiJIUzI1NiJ9.e30', 'Authorization: Bearer [redacted]'],
    ['nothing to hide', 'nothing to hide'],
  ])('%s', (before, after) => {
    expect(redactor.text(before)).toBe(after);
  });

  test('takes a hostile text without delay', () => {
    const hostile = `${'a'.repeat(200_000)}://${'a:'.repeat(100_000)}${'=password'.repeat(20_000)}`;
    expect(redactor.text(hostile).length).toBeGreaterThan(0);
  });
});

test('query() leaves what is no secret as it came', () => {
  for (const query of ['', 'a=1&b=%2', 'author=x&keyword=y', 'token', 'q=a%3Dtoken']) {
    expect(redactor.query(query)).toBe(query);
  }
});
