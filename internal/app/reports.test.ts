import fs from 'node:fs';

import { expect, onTestFinished, test } from 'vitest';

import * as support from '../../test/support/index.js';
import { writeDiagnosis } from './reports.js';

test('writeDiagnosis() tells what runs, keeps the environment to itself and is readable by the owner alone', () => {
  process.env['RODENT_TEST_PASSWORD'] = 'hunter2-in-the-environment';
  onTestFinished(() => {
    delete process.env['RODENT_TEST_PASSWORD'];
  });
  const file = writeDiagnosis({ dir: support.tempDir(), service: { phase: 'ready' } });
  const text = fs.readFileSync(file, 'utf8');
  expect(text).not.toContain('hunter2-in-the-environment');
  expect(fs.statSync(file).mode & 0o777).toBe(0o600);
  expect(JSON.parse(text)).toMatchObject({
    service: { phase: 'ready' },
    node: { header: { processId: process.pid }, resourceUsage: {} },
  });
});
