import assert from 'node:assert/strict';
import { settingsHash } from '../../observe/settingsHash';

const SETTINGS = {
  context: 'production',
  redis: 'redis://redis.example:6379/0',
  timeScale: 1,
  enabled: true,
  metrics: { error_rate: { unit: 'percent' }, queue_depth: { off: 'no queue' } },
};

describe('settingsHash', () => {
  it('is a SHA-256', () => assert.match(settingsHash(SETTINGS), /^[0-9a-f]{64}$/));

  const same: readonly [what: string, settings: Record<string, unknown>][] = [
    ['the order of keys, nested ones too', { ...reversed(SETTINGS), metrics: reversed(SETTINGS.metrics) }],
    [
      'text as Pulumi hands it over',
      { ...SETTINGS, timeScale: '1', enabled: 'true', metrics: JSON.stringify(SETTINGS.metrics) },
    ],
    ['a password in a URL', { ...SETTINGS, redis: 'redis://:hunter2@redis.example:6379/0' }],
    ['user and password in a URL', { ...SETTINGS, redis: 'redis://denis:hunter2@redis.example:6379/0' }],
    ['a password with signs in it', { ...SETTINGS, redis: 'redis://denis:hun@ter:2@redis.example:6379/0' }],
    ['people are told through', { ...SETTINGS, notify: { slack: 'https://hooks.slack.com/services/T0/B0/s3cret' } }],
  ];
  it('is the same whatever user and password sentinels are asked with', () => {
    const bySentinel = (credentials: string): string =>
      settingsHash({ ...SETTINGS, redis: `rediss+sentinel://${credentials}a.example:26379,b.example:26379/denis/0` });
    assert.equal(bySentinel('denis:hunter2@'), bySentinel(''));
    assert.notEqual(bySentinel(''), settingsHash(SETTINGS));
  });
  for (const [what, settings] of same) {
    it(`is the same whatever ${what}`, () => assert.equal(settingsHash(settings), settingsHash(SETTINGS)));
  }

  const other: readonly [what: string, settings: Record<string, unknown>][] = [
    ['a value', { ...SETTINGS, timeScale: 2 }],
    ['the host of a URL', { ...SETTINGS, redis: 'redis://other.example:6379/0' }],
    ['the path of a URL', { ...SETTINGS, redis: 'redis://redis.example:6379/1' }],
    ['the name of a key', { ...reversed(SETTINGS), timescale: 1, timeScale: undefined }],
    ['a nested value', { ...SETTINGS, metrics: { ...SETTINGS.metrics, queue_depth: { off: 'none' } } }],
    ['a key that is not there', { ...SETTINGS, enabled: undefined }],
    ['an address behind a URL', { ...SETTINGS, redis: 'redis://redis.example:6379/0?to=a@b' }],
  ];
  for (const [what, settings] of other) {
    it(`changes with ${what}`, () => assert.notEqual(settingsHash(settings), settingsHash(SETTINGS)));
  }
});

function reversed(settings: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(settings).reverse());
}
