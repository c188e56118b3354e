import assert from 'node:assert/strict';
import { parseRedisUrl, redisName } from '../../phases/redisUrl';
import { UserError } from '../../phases/userError';

const server = { tls: false, username: undefined, password: undefined, database: 0, at: { host: 'h', port: 6379 } };
const sentinels = [
  { host: 'a', port: 26_379 },
  { host: 'b', port: 7 },
];

describe('parseRedisUrl', () => {
  const table: readonly [url: string, target: ReturnType<typeof parseRedisUrl>, name: string][] = [
    ['redis://h', server, 'redis h:6379/0'],
    ['redis://h:7/', { ...server, at: { host: 'h', port: 7 } }, 'redis h:7/0'],
    ['rediss://h/5', { ...server, tls: true, database: 5 }, 'redis h:6379/5 by TLS'],
    ['redis://:pw@h', { ...server, password: 'pw' }, 'redis h:6379/0'],
    ['redis://me@h', { ...server, username: 'me' }, 'redis h:6379/0'],
    ['redis://me:p%40:s%2Fw%25@h', { ...server, username: 'me', password: 'p@:s/w%' }, 'redis h:6379/0'],
    ['redis://me:p@w@h', { ...server, username: 'me', password: 'p@w' }, 'redis h:6379/0'],
    ['redis://[::1]:7/0?timeout=1', { ...server, at: { host: '::1', port: 7 } }, 'redis [::1]:7/0'],
    [
      'redis+sentinel://a,b:7/denis',
      { ...server, at: { master: 'denis', sentinels } },
      'redis denis/0, sentinels a:26379, b:7',
    ],
    [
      'rediss+sentinel://me:pw@a:26379,b:7/denis/3',
      { tls: true, username: 'me', password: 'pw', database: 3, at: { master: 'denis', sentinels } },
      'redis denis/3 by TLS, sentinels a:26379, b:7',
    ],
  ];
  for (const [url, target, name] of table) {
    it(`reads ${url} and names it ${name}`, () => {
      assert.deepEqual(parseRedisUrl(url), target);
      assert.equal(redisName(target), name);
    });
  }

  const FORMS = /^expected a URL like redis:\/\//;
  const wrong: readonly [url: string, sentence: RegExp][] = [
    ['', FORMS],
    ['http://h', FORMS],
    ['redis:h', FORMS],
    ['redis://', FORMS],
    ['redis://:s3cret@', FORMS],
    ['redis://:s3cret/x@h', FORMS],
    ['redis://h:0', FORMS],
    ['redis://h:65536', FORMS],
    ['redis://h:port', FORMS],
    ['redis://a,b', FORMS],
    ['redis+sentinel://:s3cret@a,,b/denis', FORMS],
    ['redis://h/first', /^expected the number of a database/],
    ['redis://h/-1', /^expected the number of a database/],
    ['redis://h/0/1', /^expected nothing behind the number/],
    ['redis+sentinel://a', /^expected the name of the master/],
    ['redis+sentinel://a//0', /^expected the name of the master/],
    ['redis+sentinel://a/denis/first', /^expected the number of a database/],
    ['redis+sentinel://a/denis/0/1', /^expected the name of the master/],
    ['redis://:s3cret%@h', /^expected the user or password percent-encoded/],
  ];
  for (const [url, sentence] of wrong) {
    it(`refuses ${JSON.stringify(url)} and shows no part of it`, () => {
      assert.throws(
        () => parseRedisUrl(url),
        (thrown) => thrown instanceof UserError && sentence.test(thrown.message) && !thrown.message.includes('s3cret'),
      );
    });
  }
});
