/** The four files of a log folder. */

import path from 'node:path';

/** The streams of a service. Source: R-SUP-25. */
export type StreamName = 'server' | 'access' | 'app' | 'appError';

/** Absolute paths by stream. */
export type Paths = Readonly<Record<StreamName, string>>;

/** Returns the files of the streams in `dir`: error.log, access.log, app.log and app.error.log. */
export function paths(dir: string): Paths {
  return {
    server: path.join(dir, 'error.log'),
    access: path.join(dir, 'access.log'),
    app: path.join(dir, 'app.log'),
    appError: path.join(dir, 'app.error.log'),
  };
}
