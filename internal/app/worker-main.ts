/** The program that each worker runs. */

import * as errors from '../errors/index.js';
import { work } from './worker.js';

try {
  await work();
} catch (error) {
  process.stderr.write(`rodent: ${errors.describe(error)}\n`);
  process.exitCode = errors.isRodentError(error) ? errors.exitStatus(error.code) : 1;
}
