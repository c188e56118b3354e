import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readLastKnown, rememberPods } from '../../observe/lastKnown';
import { unixSeconds } from '../../phases/units';
import { podState } from '../support/clusterState';

const AT = unixSeconds(1_795_000_000);

describe('observe/lastKnown', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'last-known-'));
  });
  afterEach(() => {
    chmodSync(folder, 0o700);
    rmSync(folder, { recursive: true });
  });
  const place = (clusterUid: string) => ({ journal: path.join(folder, 'journal'), clusterUid });
  const pods = [podState('denis-a', { ip: '10.0.0.1' }), podState('denis-b', { ip: '10.0.0.2' })];

  it('gives back the Ready pods that have an address, the token and when they were read', () => {
    const others = [podState('denis-c', { ready: false }), podState('denis-d', { ip: undefined })];
    rememberPods(place('uid-1'), {}, { at: AT, pods: [...pods, ...others], token: 'hush' });
    assert.deepEqual(readLastKnown(place('uid-1'), {}), {
      at: AT,
      pods: pods.map(({ name, ip }) => ({ name, ip })),
      token: 'hush',
    });
  });

  it('is a file for its owner alone, and leaves no other behind', () => {
    for (const token of ['hush', undefined]) rememberPods(place('uid-1'), {}, { at: AT, pods, token });
    const files = readdirSync(path.join(folder, 'journal'));
    assert.deepEqual(files, ['last-known-uid-1.json']);
    assert.equal(statSync(path.join(folder, 'journal', files[0]!)).mode & 0o777, 0o600);
    assert.equal(readLastKnown(place('uid-1'), {})?.token, undefined);
  });

  it('keeps clusters apart, also where they share a journal', () => {
    rememberPods(place('uid/1'), {}, { at: AT, pods, token: undefined });
    assert.equal(readLastKnown(place('uid-2'), {}), undefined);
    assert.equal(readLastKnown(place('uid_1'), {}), undefined);
    assert.notEqual(readLastKnown(place('uid/1'), {}), undefined);
  });

  it('keeps the pods of before while none is Ready, and knows nothing of a cluster without a pinned UID', () => {
    rememberPods(place('uid-1'), {}, { at: AT, pods, token: undefined });
    rememberPods(place('uid-1'), {}, { at: AT, pods: [], token: undefined });
    assert.equal(readLastKnown(place('uid-1'), {})?.pods.length, 2);
    rememberPods(place(''), {}, { at: AT, pods, token: undefined });
    assert.equal(readLastKnown(place(''), {}), undefined);
  });

  it('takes a file that cannot be used for none, and a folder that cannot be written for no harm', () => {
    const file = path.join(folder, 'journal', 'last-known-uid-1.json');
    mkdirSync(path.dirname(file));
    for (const text of ['', '{', '{"at":1}', '{"at":1,"cluster":"other","pods":[]}']) {
      writeFileSync(file, text);
      assert.equal(readLastKnown(place('uid-1'), {}), undefined, text);
    }
    rmSync(path.dirname(file), { recursive: true });
    writeFileSync(path.dirname(file), 'a file where the folder should be');
    rememberPods(place('uid-1'), {}, { at: AT, pods, token: undefined });
  });
});
