/** The definitions of the programs, where the configuration says that they are. */

import path from 'node:path';

import * as config from '../config/index.js';
import * as programs from '../programs/index.js';
import type { ServeOptions } from './options.js';

export interface ReadProgramsOptions {
  readonly serve: ServeOptions;
  readonly isDetached: boolean;
}

/** Returns every problem in the definitions of the programs. */
export function checkPrograms(
  settings: config.Config,
  read: Pick<config.ReadOptions, 'cwd' | 'env' | 'homeDir'>,
): readonly config.Problem[] {
  return programs.check(optionsOf(settings, read, true));
}

/** Returns every program; none where the folder is missing. @throws RodentError CONFIG_INVALID. */
export function readPrograms(
  settings: config.Config,
  { serve, isDetached }: ReadProgramsOptions,
): readonly programs.Definition[] {
  return programs.load(optionsOf(settings, serve.read, isDetached));
}

function optionsOf(
  settings: config.Config,
  { env, cwd, homeDir }: Pick<config.ReadOptions, 'cwd' | 'env' | 'homeDir'>,
  isDetached: boolean,
): programs.LoadOptions {
  const projectDir = config.projectOf({ cwd, homeDir }) ?? cwd;
  const isFiled = isDetached || settings.source('log.dir').layer !== 'default';
  return {
    dir: settings.get('programs.dir') ?? path.join(projectDir, 'config', 'programs.d'),
    projectDir,
    logDir: isFiled ? settings.get('log.dir') : undefined,
    homeDir,
    env,
    rotation: {
      sizeBytes: settings.get('log.rotate.size'),
      keep: settings.get('log.rotate.keep'),
    },
  };
}
