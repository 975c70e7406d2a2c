/** Certificates and keys, read once at start, with an error that says which file is wrong and why. */

import fs from 'node:fs';
import tls from 'node:tls';

import * as errors from '../errors/index.js';

/** Files in PEM format. */
export interface TlsFiles {
  /** Certificate, followed by the intermediate ones. */
  readonly cert: string;
  /** Private key; its file must be readable by its owner alone (mode 0600). */
  readonly key: string;
  /** Authorities that client certificates must come from; default: no client certificates. */
  readonly ca?: string;
}

/**
 * Reads the files and proves that they fit together.
 *
 * @throws RodentError FILE for a file that cannot be read; CONFIG_INVALID for a key that others may
 * read and for contents that OpenSSL refuses.
 */
export function readCredentials(files: TlsFiles): tls.TlsOptions {
  refuseOpenKey(files.key);
  const cert = read(files.cert, 'certificate');
  const key = read(files.key, 'key');
  const ca = files.ca === undefined ? undefined : read(files.ca, 'authority');
  const options = {
    cert,
    key,
    ...(ca === undefined ? {} : { ca, requestCert: true, rejectUnauthorized: true }),
  };
  prove(options, files);
  return options;
}

function read(path: string, what: string): Buffer {
  try {
    return fs.readFileSync(path);
  } catch (error) {
    throw new errors.RodentError(`Cannot read the TLS ${what} "${path}".`, {
      code: 'FILE',
      contextData: { path },
      cause: error,
    });
  }
}

/** Source: design section 4, files that hold secrets must be 0600. */
function refuseOpenKey(path: string): void {
  const mode = fs.statSync(path, { throwIfNoEntry: false })?.mode ?? 0;
  if (process.platform === 'win32' || (mode & 0o077) === 0) return;
  const shown = (mode & 0o777).toString(8).padStart(4, '0');
  throw new errors.RodentError(
    `Refuse the TLS key "${path}": others may read it (mode ${shown}); run chmod 600 on it.`,
    { code: 'CONFIG_INVALID', contextData: { path, mode: shown } },
  );
}

function prove(options: tls.SecureContextOptions, files: TlsFiles): void {
  try {
    tls.createSecureContext(options);
  } catch (error) {
    const isMismatch = errors.hasCode(error, 'ERR_OSSL_X509_KEY_VALUES_MISMATCH');
    throw new errors.RodentError(
      isMismatch
        ? `The TLS key "${files.key}" does not belong to the certificate "${files.cert}".`
        : `Cannot use the TLS certificate "${files.cert}" with the key "${files.key}": not valid PEM files.`,
      { code: 'CONFIG_INVALID', contextData: { ...files }, cause: error },
    );
  }
}
