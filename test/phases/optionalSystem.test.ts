import assert from 'node:assert/strict';
import { parseSettings, type RawSettings } from '../../phases/settings';
import { UserError } from '../../phases/userError';
import { LEAST_SETTINGS } from '../support/validSettings';

const settings = (own: RawSettings) => parseSettings({ ...LEAST_SETTINGS, ...own });
const KEYS = ['celery', 'logs', 'decisionTrace'] as const;

function refusal(own: RawSettings): string {
  try {
    settings(own);
  } catch (thrown) {
    assert.ok(thrown instanceof UserError);
    return thrown.message;
  }
  throw new Error('it was accepted');
}

describe('phases/optionalSystem', () => {
  for (const key of KEYS) {
    it(`leaves canary:${key} off unless a stack says otherwise, in a file or as text of Pulumi`, () => {
      assert.equal(settings({})[key], undefined);
      for (const off of ['off', false, 'false']) assert.equal(settings({ [key]: off })[key], undefined, String(off));
      for (const on of ['on', true, 'true', {}, '{}']) {
        assert.deepEqual(settings({ [key]: on })[key], settings({ [key]: 'on' })[key]);
        assert.notEqual(settings({ [key]: on })[key], undefined);
      }
    });

    it(`refuses another word, and a setting that canary:${key} does not have`, () => {
      assert.match(
        refusal({ [key]: 'maybe' }),
        new RegExp(`^canary:${key}: expected on, off, or a map of what differs; found `),
      );
      assert.match(refusal({ [key]: { nope: 1 } }), new RegExp(`^canary:${key}\\.nope: unknown setting`));
    });
  }

  it('keeps the defaults of what a map does not name', () => {
    const { celery } = settings({ celery: '{"queue": "other"}' });
    assert.deepEqual([celery!.queue, celery!.app], ['other', 'denis_unified_v1.async_min.celery_main:app']);
  });

  const wrong: readonly [RawSettings, RegExp][] = [
    [{ celery: { app: 'a module' } }, /^canary:celery\.app: expected a module and its app/],
    [{ celery: { app: '--workdir=/' } }, /^canary:celery\.app: expected a module and its app/],
    [{ celery: { binary: '-A' } }, /^canary:celery\.binary: expected the name or the path of a program/],
    [{ celery: { folder: 'here' } }, /^canary:celery\.folder: expected an absolute path/],
    [{ celery: { broker: 'http://hush@broker' } }, /^canary:celery\.broker: expected a URL like redis:/],
    [{ celery: { tasks: '(' } }, /^canary:celery\.tasks: expected a regular expression/],
    [{ logs: { about: '' } }, /^canary:logs\.about: expected a regular expression/],
    [{ logs: { lines: 0 } }, /^canary:logs\.lines: /],
    [{ decisionTrace: { path: 'stats' } }, /^canary:decisionTrace\.path: expected a path that begins with \//],
    [{ decisionTrace: { minimum: 101 } }, /^canary:decisionTrace\.minimum: /],
    [{ decisionTrace: { hard: 'yes' } }, /^canary:decisionTrace\.hard: /],
  ];
  for (const [own, says] of wrong) {
    it(`refuses ${JSON.stringify(own)}`, () => {
      assert.match(refusal(own), says);
      assert.doesNotMatch(refusal(own), /hush/);
    });
  }
});
