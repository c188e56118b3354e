import assert from 'node:assert/strict';
import { homedir } from 'node:os';
import path from 'node:path';
import { dayOfSamples, holdsSamplesOf, journalFolder, samplesFile } from '../../observe/journalFolder';

const HOME = '/home/eva';
const folder = (env: NodeJS.ProcessEnv, journal?: string): string =>
  journalFolder({ clusterUid: 'uid', ...(journal === undefined ? {} : { journal }) }, env);

describe('journalFolder', () => {
  it("is the cluster's own, in the state folder of the user", () => {
    assert.equal(folder({ HOME }), '/home/eva/.local/state/denis-canary/uid');
    assert.equal(folder({ HOME, XDG_STATE_HOME: '/state' }), '/state/denis-canary/uid');
    assert.equal(folder({ HOME, XDG_STATE_HOME: '' }), '/home/eva/.local/state/denis-canary/uid');
  });

  it('is below the home of the account without a variable', () => {
    assert.equal(folder({}), path.join(homedir(), '.local/state/denis-canary/uid'));
  });

  it('stays one folder whatever the UID is', () => {
    assert.equal(journalFolder({ clusterUid: '../a/b' }, { XDG_STATE_HOME: '/state' }), '/state/denis-canary/.._a_b');
  });

  it('is the folder of the settings where one is set', () => {
    assert.equal(folder({ HOME, XDG_STATE_HOME: '/state' }, '/var/lib/canary'), '/var/lib/canary');
    assert.equal(folder({ HOME }, '~/canary'), '/home/eva/canary');
  });
});

describe('a file of samples', () => {
  const midnight = Date.parse('2026-11-25T00:00:00Z') / 1000;

  it('is named for its UTC day', () => {
    assert.equal(samplesFile(midnight), 'samples-2026-11-25.jsonl');
    assert.equal(samplesFile(midnight - 0.001), 'samples-2026-11-24.jsonl');
    assert.equal(dayOfSamples('samples-2026-11-25.jsonl'), midnight);
    for (const other of ['samples-2026-13-45.jsonl', 'samples.jsonl', 'x-samples-2026-11-25.jsonl'])
      assert.equal(dayOfSamples(other), undefined, other);
  });

  it('is looked into when its day and the wanted time touch', () => {
    const holds = (from: number, to: number) =>
      holdsSamplesOf('samples-2026-11-25.jsonl', midnight + from, midnight + to);
    assert.ok(holds(0, 10) && holds(-10, 0) && holds(86_399, 90_000) && holds(-1e6, 1e6));
    assert.ok(!holds(-20, -10) && !holds(86_400, 90_000));
    assert.ok(!holdsSamplesOf('evidence-2026-11-25.jsonl', midnight, midnight + 10));
  });
});
