import assert from 'node:assert/strict';
import { homedir } from 'node:os';
import path from 'node:path';
import { journalFolder } from '../../observe/journalFolder';

describe('journalFolder', () => {
  const rows: readonly [what: string, set: string | undefined, env: NodeJS.ProcessEnv, folder: string][] = [
    ['what is set', '/var/lib/canary', { HOME: '/home/ana', XDG_STATE_HOME: '/state' }, '/var/lib/canary'],
    ['what is set, from the working folder on', 'journal', { HOME: '/home/ana' }, path.resolve('journal')],
    [
      'the state folder of the user',
      undefined,
      { HOME: '/home/ana', XDG_STATE_HOME: '/state' },
      '/state/denis-canary/uid-1',
    ],
    ['below the home otherwise', undefined, { HOME: '/home/ana' }, '/home/ana/.local/state/denis-canary/uid-1'],
    [
      'an empty variable as none',
      undefined,
      { HOME: '/home/ana', XDG_STATE_HOME: '' },
      '/home/ana/.local/state/denis-canary/uid-1',
    ],
    [
      'the home of the account without a variable',
      undefined,
      {},
      path.join(homedir(), '.local/state/denis-canary/uid-1'),
    ],
  ];
  for (const [what, set, env, folder] of rows) {
    it(`is ${what}`, () => assert.equal(journalFolder('uid-1', set, env), folder));
  }

  it('stays one folder whatever the UID is', () => {
    assert.equal(journalFolder('../a/b', undefined, { XDG_STATE_HOME: '/state' }), '/state/denis-canary/.._a_b');
  });
});
