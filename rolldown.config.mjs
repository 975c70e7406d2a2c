/**
 * What ships: the compiled program in a few files instead of two hundred, because Node 20 takes as long
 * to load a hundred modules as to start (docs/adr/0005). Nothing is minified, nothing of others is
 * included, and the public packages share their code with the program, so that a service and what runs
 * it speak of the same Context.
 *
 * A program (`npm run build` runs it), because rolldown's own command prints a line for each file.
 */

import { build } from 'rolldown';

await build({
  input: {
    rodent: 'dist/cmd/rodent.js',
    context: 'dist/pkg/context/index.js',
    lifecycle: 'dist/pkg/lifecycle/index.js',
    worker: 'dist/pkg/worker/index.js',
    launcher: 'dist/internal/daemon/launcher.js',
    'worker-main': 'dist/internal/app/worker-main.js',
    'watchdog-thread': 'dist/internal/limits/watchdog-thread.js',
  },
  platform: 'node',
  external: (id) => !/^[./]/.test(id),
  output: {
    dir: 'dist/bundle',
    format: 'esm',
    entryFileNames: '[name].js',
    // Beside the entries, so that code finds what it looks for next to itself; with a hash, so that a
    // service that runs keeps its files when a new build comes.
    chunkFileNames: '[name]-[hash].js',
  },
});
