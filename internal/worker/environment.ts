/** What a worker takes from its environment; the one place of the package that reads it. */

/** The variables of an environment. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Names the descriptor on which whoever started the worker wants to hear that it runs. */
const READY_FD = 'RODENT_READY_FD';

/** The environment of this process. A worker script is a program: nobody could hand it over. */
export function environment(): Environment {
  // oxlint-disable-next-line node/no-process-env -- see above
  return process.env;
}

/**
 * Takes the descriptor of readiness out of the environment, so that no child of the worker believes that
 * it is meant; undefined when nobody wants to hear.
 */
export function takeReadyDescriptor(): number | undefined {
  const { env } = process;
  const text = env[READY_FD];
  if (text === undefined) return undefined;
  Reflect.deleteProperty(env, READY_FD);
  return /^[1-9]\d{0,5}$/.test(text) && Number(text) > 2 ? Number(text) : undefined;
}
