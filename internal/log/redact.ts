/** What must not stand in a log: values of secret keys, and secrets inside texts. */

/** Stands for a value that was taken out. */
export const REDACTED = '[redacted]';

/** Ends of secret keys, lower case, letters and digits only: `DB_PASSWORD`, `x-api-key`, `accessToken`. */
const SECRET =
  /(?:passwords?|passwd|passphrase|secrets?|token|authorization|cookies?|apikeys?|clientsecret|privatekeys?|accesskeys?)$/;
/** A query without any of these holds no secret key; `%` may hide one, `key` and `auth` belong to several. */
const QUERY_HINTS: readonly string[] = ['pass', 'secret', 'token', 'auth', 'cookie', 'key', '%'];
/** A text without any of these holds nothing that `text` takes out. */
const TEXT_HINT = /:\/\/|=|" *:|bearer /i;
/** `scheme://user:password@`; the lengths are bounded so that no text takes long. */
const USER_INFO = /\b([a-z][a-z0-9+.-]{0,30}:\/\/[^\s:@/?#]{0,256}):[^\s/?#"'<>]{0,1024}@/gi;
/** `password=…` in a query or in a connection string of key=value pairs; the value may be quoted. */
const PAIR =
  /(^|[?&;,\s"'`])([\w.-]{0,64}(?:password|passwd|passphrase|secret|token|authorization|cookie|api[_-]?key|private[_-]?key|access[_-]?key))=("[^"]*"|'[^']*'|[^&;,\s"'`]+)/gi;
/** `"password":"…"` in a text that quotes JSON. */
const MEMBER =
  /("[\w.-]{0,64}(?:password|passwd|passphrase|secret|token|authorization|cookie|api[_-]?key|private[_-]?key|access[_-]?key)" *: *)"[^"]*"/gi;
const BEARER = /\b(bearer) +[\w.~+/=-]{12,}/gi;
/** Keys whose verdict is remembered. */
const REMEMBERED_KEYS = 2_000;

/** Takes secrets out of what is about to be logged. */
export interface Redactor {
  /** Whether the value of `key` is a secret; case, `_`, `-` and `.` do not matter. */
  isSecret(key: string): boolean;
  /** The text with passwords of connection strings, secret `key=value` pairs and bearer tokens taken out. */
  text(text: string): string;
  /** The query string (without `?`) with the values of secret keys taken out. */
  query(query: string): string;
}

/** Makes a redactor; `extraKeys` are secret when they equal a whole key. */
export function createRedactor(extraKeys: readonly string[] = []): Redactor {
  const extras = new Set(extraKeys.map(normalise));
  const hints = [...QUERY_HINTS, ...extraKeys].map(escapeRegExp).join('|');
  const queryHint = new RegExp(hints, 'i');
  const verdicts = new Map<string, boolean>();
  const isSecret = (key: string): boolean => {
    const known = verdicts.get(key);
    if (known !== undefined) return known;
    const plain = normalise(key);
    const verdict = SECRET.test(plain) || extras.has(plain);
    if (verdicts.size >= REMEMBERED_KEYS) verdicts.clear();
    verdicts.set(key, verdict);
    return verdict;
  };
  return {
    isSecret,
    text: (text) => (TEXT_HINT.test(text) ? redactText(text) : text),
    query: (query) => (queryHint.test(query) ? redactQuery(query, isSecret) : query),
  };
}

function normalise(key: string): string {
  return key.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
}

/** An extra key may be spelled with other separators in a query: each may be any or none. */
function escapeRegExp(key: string): string {
  return key.replaceAll(/[^a-z0-9%]+/gi, '.*');
}

function redactText(text: string): string {
  return text
    .replace(USER_INFO, '$1:***@')
    .replace(PAIR, `$1$2=${REDACTED}`)
    .replace(MEMBER, `$1"${REDACTED}"`)
    .replace(BEARER, `$1 ${REDACTED}`);
}

function redactQuery(query: string, isSecret: (key: string) => boolean): string {
  return query
    .split('&')
    .map((pair) => {
      const end = pair.indexOf('=');
      if (end === -1 || !isSecret(decode(pair.slice(0, end)))) return pair;
      return `${pair.slice(0, end)}=${REDACTED}`;
    })
    .join('&');
}

function decode(key: string): string {
  if (!key.includes('%')) return key;
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}
