import { describe, expect, it } from 'vitest';

import { spawnNode } from '../../test/support/index.js';
import * as errors from '../errors/index.js';
import * as daemon from './index.js';
import { fixture } from './testing/index.js';

const isRoot = process.getuid?.() === 0;
const NOBODY = 65_534;

interface Step {
  readonly identity?: daemon.Identity;
  readonly uids?: readonly string[];
  readonly gids?: readonly string[];
  readonly groups?: readonly string[];
  readonly code?: string;
  readonly detail?: string;
}

async function drop(...steps: readonly daemon.IdentityOptions[]): Promise<readonly Step[]> {
  const program = spawnNode(
    fixture('drop.mjs'),
    steps.map((step) => JSON.stringify(step)),
  );
  await program.exit;
  return program
    .stdout()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Step);
}

function refusal(options: daemon.IdentityOptions): string {
  try {
    daemon.resolveIdentity(options);
    return 'none';
  } catch (error) {
    return errors.isRodentError(error) ? `${error.code}: ${error.detail}` : String(error);
  }
}

describe('resolveIdentity', () => {
  it('knows accounts by name and by number', () => {
    const root = { uid: 0, gid: 0, name: 'root', home: '/root' };
    expect(daemon.resolveIdentity({ user: 'root' })).toEqual(root);
    expect(daemon.resolveIdentity({ user: '0' })).toEqual(root);
    expect(daemon.resolveIdentity({ user: 'root', group: 'daemon' }).gid).toBe(1);
  });

  it('takes a number that no account has', () => {
    const identity = { uid: 54_321, gid: 54_321, name: undefined, home: undefined };
    expect(daemon.resolveIdentity({ user: '54321' })).toEqual(identity);
    expect(daemon.resolveIdentity({ group: '54321' }).gid).toBe(54_321);
  });

  it.each(['nosuch', '', '-1', '1e3', '4294967295', '0x0', 'root:x', '../passwd', '--help'])(
    'refuses what is neither a name nor a usable number: "%s"',
    (name) => {
      expect(refusal({ user: name })).toBe(`IDENTITY: There is no user "${name}" on this machine.`);
      expect(refusal({ group: name })).toBe(
        `IDENTITY: There is no group "${name}" on this machine.`,
      );
    },
  );
});

describe('dropPrivileges', () => {
  it.runIf(isRoot)('becomes the user for good, with its groups and no others', async () => {
    const [step, back] = await drop({ user: 'nobody' }, { user: 'root' });
    const id = String(NOBODY);
    expect(step).toMatchObject({ uids: [id, id, id, id], gids: [id, id, id, id], groups: [id] });
    expect(back).toEqual({
      code: 'IDENTITY',
      detail: 'Cannot run as user "root": only root may change its user and group.',
    });
  });

  it.runIf(isRoot)('takes the group that was asked for, and numbers', async () => {
    const [named] = await drop({ user: 'nobody', group: 'daemon' });
    expect(named).toMatchObject({ uids: Array(4).fill('65534'), gids: Array(4).fill('1') });
    const [bare] = await drop({ user: '54321' });
    expect(bare).toMatchObject({ uids: Array(4).fill('54321'), groups: ['54321'] });
  });

  it.runIf(isRoot)('changes the group alone', async () => {
    const [step] = await drop({ group: 'daemon' });
    expect(step).toMatchObject({ uids: Array(4).fill('0'), gids: Array(4).fill('1') });
  });

  it('does nothing when the process is that user already, root or not', async () => {
    const own = { user: String(process.getuid?.()), group: String(process.getgid?.()) };
    expect((await drop({}, own)).map(({ code }) => code)).toEqual([undefined, undefined]);
  });

  it('leaves everything as it was when the name is unknown', async () => {
    const [first, second] = await drop({ user: 'nosuch' }, {});
    expect(first?.code).toBe('IDENTITY');
    expect(second?.uids?.[0]).toBe(String(process.getuid?.()));
  });
});
