import assert from 'node:assert/strict';
import { bucketOf, parseEnabled, parseFlag, parsePct, takesNewPath } from '../../../sandbox/denis/exposure';

const users = Array.from({ length: 10_000 }, (_, index) => `user-${index}`);
const on = { enabled: true, killed: false, flagOn: true };

describe('exposure of Denis', () => {
  const percentages: [string | undefined, number][] = [
    ['0', 0],
    ['1', 1],
    ['100', 100],
    ['2.5', 2.5],
    ['', 0],
    [undefined, 0],
    ['ten', 0],
    ['10%', 0],
    ['-1', 0],
    ['101', 0],
    ['1e1', 0],
    [' 10', 0],
  ];
  for (const [text, pct] of percentages) {
    it(`reads a percentage of ${JSON.stringify(text)} as ${pct}`, () => assert.equal(parsePct(text), pct));
  }

  it('is enabled by exactly true', () => {
    for (const text of ['TRUE', '1', 'yes', 'false', '', ' true', undefined]) assert.equal(parseEnabled(text), false);
    assert.equal(parseEnabled('true'), true);
  });

  it('is off by a flag of exactly 0; a missing flag is on', () => {
    assert.equal(parseFlag('0'), false);
    for (const value of [null, '1', '', 'false']) assert.equal(parseFlag(value), true);
  });

  for (const pct of [0, 1, 10, 50, 100]) {
    it(`sends about ${pct} % of the users down the new path`, () => {
      const share = users.filter((user) => takesNewPath(user, { ...on, pct })).length / 100;
      assert.ok(Math.abs(share - pct) <= (pct % 100 === 0 ? 0 : 1.5), `${share} %`);
    });
  }

  it('keeps a user on the new path when the percentage rises', () => {
    for (const user of users.filter((each) => takesNewPath(each, { ...on, pct: 10 }))) {
      assert.ok(takesNewPath(user, { ...on, pct: 50 }));
    }
  });

  it('is off by any one switch', () => {
    const user = users.find((each) => bucketOf(each) === 0)!;
    assert.equal(takesNewPath(user, { ...on, pct: 1 }), true);
    for (const off of [{ enabled: false }, { killed: true }, { flagOn: false }, { pct: 0 }]) {
      assert.equal(takesNewPath(user, { ...on, pct: 1, ...off }), false, JSON.stringify(off));
    }
  });
});
