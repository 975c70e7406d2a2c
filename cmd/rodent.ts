#!/usr/bin/env node
/**
 * The `rodent` program: words in, words out, and the one place that ends the process.
 *
 * SIGUSR1 gets its listener before anything else is loaded: without one, Node opens the debugger's
 * port. Source: Node.js documentation, "Signal events".
 */

process.on('SIGUSR1', () => {
  // `serve` reopens its logs on it; every other command ignores it.
});

const { main } = await import('./main.js');
process.exitCode = await main(process.argv.slice(2));
