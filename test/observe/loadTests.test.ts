import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { writeLoadTest } from '../../act/loadTest/result';
import { lastLoadTest } from '../../observe/loadTests';
import type { LoadTestResult } from '../../rollout/loadTest';

const result = (at: string, more: Partial<LoadTestResult> = {}): LoadTestResult => ({
  version: 1,
  rollout: 'r',
  move: '3',
  image: 'denis:1',
  stack: 'canary-50',
  at,
  until: at,
  requests: 1,
  seconds: 1,
  sent: 1,
  dropped: 0,
  late: 0,
  failed: 0,
  rps: 1,
  errorRate: 0,
  verdict: 'passed',
  sentences: [],
  ...more,
});
const LIVE = { rollout: 'r', move: '3', image: 'denis:1' };

describe('observe/loadTests', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'denis-load-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('finds the last result of the live move, and no other', () => {
    const first = result('2026-11-27T10:00:00.000Z', { verdict: 'failed' });
    const second = result('2026-11-27T12:00:00.000Z');
    const others = [{ move: '4' }, { image: 'denis:2' }, { rollout: 'q' }].map((other, index) =>
      result(`2026-11-27T13:0${index}:00.000Z`, other),
    );
    for (const one of [second, first, ...others]) writeLoadTest(folder, one);
    assert.deepEqual(lastLoadTest(folder, LIVE), { kind: 'read', value: second });
  });

  it('says that there was none, without or with a folder', () => {
    for (const where of [folder, path.join(folder, 'nowhere')]) {
      const found = lastLoadTest(where, LIVE);
      assert.ok(found.kind === 'unreadable' && /^there was no load test of the live move yet; run /.test(found.reason));
    }
  });

  it('does not look past a file that it cannot read', () => {
    writeLoadTest(folder, result('2026-11-27T10:00:00.000Z'));
    writeFileSync(path.join(folder, 'load-test-2026-11-27T11-00-00.000Z.json'), '{"version":1');
    const found = lastLoadTest(folder, LIVE);
    assert.ok(found.kind === 'unreadable' && /11-00-00\.000Z\.json is no result of a load test/.test(found.reason));
  });
});
