import assert from 'node:assert/strict';
import { tool } from './support';

const { failures } = tool<{ failures(output: string): string[] }>('failures');

describe('tools/failures', () => {
  it('says nothing of a group without failures', () => {
    assert.deepEqual(failures('\n\n  one\n    ✔ adds\n\n\n  1 passing (3ms)\n'), []);
    assert.deepEqual(failures(''), []);
  });

  it('says title and first line of the error of each failed test, and no more of it than a line takes', () => {
    const output = [
      '  one',
      '    1) adds',
      '  0 passing (3ms)',
      '  2 failing',
      '',
      '  1) one',
      '       adds 1: well:',
      '',
      '      AssertionError [ERR_ASSERTION]: 3 is no 2',
      '      + expected - actual',
      '',
      '  2) two',
      '       "before all" hook for "waits":',
      `     Error: ${'long '.repeat(100)}`,
    ].join('\n');
    const [first, second, ...others] = failures(output);
    assert.equal(first, 'one, adds 1: well: AssertionError [ERR_ASSERTION]: 3 is no 2');
    assert.match(second!, /^two, "before all" hook for "waits": Error: long long /);
    assert.equal(second!.length, 200);
    assert.deepEqual(others, []);
  });
});
