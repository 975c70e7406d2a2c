/** What the place of a script says. */

import { describe, expect, it } from 'vitest';

import { detailsOf } from './script.js';

describe('the place of a script', () => {
  it('says where the root is and what kind of worker it runs', () => {
    expect(detailsOf('/srv/app/workers/opentdb/get.ts')).toEqual({
      root_dir: '/srv/app',
      script_dir: '/srv/app/workers/opentdb',
      worker_type: 'opentdb.get',
    });
  });

  it.each([
    ['/a/workers/copy.py', 'copy'],
    ['/a/workers/happy.py', 'happy'],
    ['/a/workers/x/fetch.v2.ts', 'x.fetch.v2'],
    ['/a/workers/plain', 'plain'],
    ['/workers/mts.mts', 'mts'],
  ])('%s is of type %s', (file, type) => {
    expect(detailsOf(file).worker_type).toBe(type);
  });

  it('takes the root of the file system for a root', () => {
    expect(detailsOf('/workers/a.ts').root_dir).toBe('/');
  });

  it('must be below exactly one folder called workers', () => {
    expect(() => detailsOf('/srv/app/my-workers/a.ts')).toThrow('in no folder called "workers"');
    expect(() => detailsOf('/srv/workers')).toThrow('in no folder called "workers"');
    expect(() => detailsOf('/srv/workers/app/workers/a.ts')).toThrow('more than one folder');
  });
});
