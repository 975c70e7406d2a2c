import { describe, expect, it } from 'vitest';

import * as config from './index.js';

describe('a snapshot', () => {
  const env = { RODENT_LIMITS_MEMORY_HARD: '3GiB', RODENT_WATCH_PATHS: '/a,/b' };
  const read = { env, cwd: '/', homeDir: '/nonexistent', flags: { port: '8099' } };

  it('survives JSON with every value and its place', () => {
    const loaded = config.load(read);
    const restored = config.restore(
      JSON.parse(JSON.stringify(config.snapshot(loaded))) as config.Snapshot,
    );
    expect(config.diff(loaded, restored)).toEqual({ live: [], restart: [] });
    expect(restored.home).toBe(loaded.home);
    expect(restored.get('watch.paths')).toEqual(['/a', '/b']);
    expect(restored.source('limits.memoryHard').place).toBe('RODENT_LIMITS_MEMORY_HARD');
    expect(restored.get('http.port')).toBe(loaded.get('http.port'));
  });

  it('keeps secrets, which the text of a configuration does not show', () => {
    const loaded = config.load({ ...read, env: { DATABASE_URL: 'postgres://a:hunter2@h/d' } });
    const restored = config.restore(config.snapshot(loaded));
    expect(restored.get('database.url')).toBe(loaded.get('database.url'));
    expect(JSON.stringify(restored)).not.toContain('hunter2');
  });
});
