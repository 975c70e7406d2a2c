/**
 * Package config: what the service was told, by whom, and whether it makes sense.
 *
 * Each key is declared once, in `keys-*.ts`; types, flags, variables, `--help`, the sample file,
 * validation and explanations follow from that. The layers, later wins: defaults,
 * /etc/rodent/rodent.conf, ~/.rodent/rodent.conf, rodent.conf from the outermost folder of the project
 * down to the working directory, -c FILE or RODENT_CONFIG, the environment, flags, assignments at run
 * time. `load` reads them all and either returns a complete, immutable configuration or throws one
 * error that names every problem with its place. There is no other way to a configuration and no
 * instance hidden here: who loads passes it on. The environment, the working directory and the home
 * folder are parameters; nothing is read from `process`. Only `save` writes, and only its file.
 *
 * A secret is shown by no function but `get`.
 *
 * @example
 * const config = load({ flags, env: process.env, cwd: process.cwd(), homeDir: os.homedir() });
 * config.get('http.port'); // number
 *
 * Source: design section 4; R-INP-73…84, R-ROD-47…51.
 */

export { Config, diff } from './config.js';
export type { Difference, Layer, Source } from './config.js';
export {
  databaseParts,
  databaseUser,
  describeDatabase,
  isDatabaseNamed,
  refuseSuperuser,
} from './database.js';
export type { DatabaseParts } from './database.js';
export type { Definition } from './definition.js';
export { explain, formatExplanation, print, requireKey, toJson } from './explain.js';
export type { Explanation, ShownSource } from './explain.js';
export { parse as parseFile, read as readFile } from './file.js';
export type { ConfigFile, Pair, Parsed } from './file.js';
export { fromArguments, normalize, options } from './flags.js';
export type { Option } from './flags.js';
export { projectOf } from './home.js';
export type { Environment } from './home.js';
export { duration } from './judge.js';
export { KEY_NAMES } from './keys.js';
export type { Key, Values } from './keys.js';
export type { KindValues, Limits, Place, Refusal } from './kind.js';
export { KINDS, isRefusal } from './kinds.js';
export type { Flags } from './layers.js';
export { load, read } from './load.js';
export type { LoadOptions, ReadOptions, Reading } from './load.js';
export { invalid, suggestion } from './problem.js';
export type { Problem } from './problem.js';
export { requireVariables } from './rules.js';
export { save, savePath } from './save.js';
export type { SavePathOptions, Saved } from './save.js';
export { restore, snapshot } from './snapshot.js';
export type { Snapshot } from './snapshot.js';
