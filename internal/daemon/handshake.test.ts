import { describe, expect, it } from 'vitest';

import { spawnNode } from '../../test/support/index.js';
import { SERVICE } from './testing/index.js';

describe('handshake', () => {
  it('does nothing in a process that nobody of ours started', async () => {
    const program = spawnNode(SERVICE, ['plain']);
    expect(await program.exit).toEqual({ code: 0, signal: null });
    expect(program.stdout()).toBe('["alone",null,null]\n');
  });

  it.each(['', 'x', '{}', 'null', '{"role":"daemon","pipe":99,"inherited":{}}'])(
    'takes no notice of a variable that somebody made up: %s',
    async (text) => {
      const env = { RODENT_INTERNAL_HANDOVER: text };
      const program = spawnNode(SERVICE, ['plain'], { env });
      await program.exit;
      expect(program.stdout()).toBe('["alone",null,null]\n');
    },
  );

  it.each([
    { role: 'daemon', pipe: 3, pipeId: '0:0', inherited: {} },
    { role: 'successor', pipe: 3, parent: process.ppid, inherited: {} },
  ])('leaves a socket alone that was not meant for it: %j', async (handover) => {
    const env = { RODENT_INTERNAL_HANDOVER: JSON.stringify(handover) };
    const stdio = ['ignore', 'pipe', 'pipe', 'pipe'] as const;
    const program = spawnNode(SERVICE, ['plain'], { env, stdio: [...stdio] });
    await program.exit;
    expect(program.stdout()).toBe('["alone",null,null]\n');
  });
});
