import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { type Notifier, PassingFailure, Refusal } from '../../../act/notify/notifier';
import { MOST_AGE_MS, MOST_WAITING, Outbox, TOLD_ONCE_MS } from '../../../act/notify/outbox';
import { slack } from '../../../act/notify/slack';
import type { Notification } from '../../../rollout/notification';
import type { Severity } from '../../../rollout/watchEvent';
import { waitFor } from '../../../sandbox/waitFor';
import { type Answer, type Loopback, nobodyAt, withServer } from '../../observe/support/loopback';
import { VirtualTime } from '../support/virtualTime';

const news = (key: string, severity: Severity = 'info', text = key): Notification => ({
  key,
  severity,
  title: `about ${key}`,
  text,
});

interface World {
  readonly time: VirtualTime;
  readonly said: string[];
  readonly outbox: Outbox;
}

function outboxTo(notifier: Notifier, secrets: readonly string[] = []): World {
  const time = new VirtualTime(Date.parse('2026-11-26T09:00:00Z'));
  const said: string[] = [];
  const { clock, pause } = time;
  return {
    time,
    said,
    outbox: new Outbox({ notifier, secrets, clock, pause, say: (sentence) => said.push(sentence) }),
  };
}

const PATH = '/services/T0/B0/s3cretOfTheWebhook';
const overHttp = (origin: string, timeoutMs = 5_000): World =>
  outboxTo(slack({ url: `${origin}${PATH}`, timeoutMs, clock: () => Date.parse('2026-11-26T09:00:00Z') }));
const ok: Answer = (_, response) => response.writeHead(200).end('ok');
const status =
  (code: number, headers: Record<string, string> = {}): Answer =>
  (_, response) =>
    response.writeHead(code, headers).end();
/** Answers as the first functions say, one a request, then as the last one. */
const inTurn = (...answers: readonly Answer[]): Answer => {
  let turn = 0;
  return (request, response) => answers[Math.min(turn++, answers.length - 1)]!(request, response);
};
const arrived = ({ received }: Loopback, count: number) =>
  waitFor(async () => (received.length >= count ? true : undefined), {
    what: `${count} requests`,
    deadlineMs: 5_000,
    intervalMs: 5,
  });
const titles = ({ received }: Loopback): string[] =>
  received.map(({ body }) => /about (\S+?)[\\"]/.exec(body)?.[1] ?? body);

/** A notifier of which every try is answered by the test. */
class ByHand implements Notifier {
  readonly name = 'Slack';
  readonly tries: { readonly message: Notification; readonly answer: (failure?: Error) => Promise<void> }[] = [];

  notify(message: Notification, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      signal?.addEventListener('abort', () => reject(new PassingFailure('aborted')));
      const answer = async (failure?: Error): Promise<void> => {
        if (failure === undefined) resolve();
        else reject(failure);
        await settled();
      };
      this.tries.push({ message, answer });
    });
  }

  get last() {
    return this.tries.at(-1)!;
  }

  get keys(): string[] {
    return this.tries.map(({ message }) => message.key);
  }
}

/** All that promises alone still have to do is done. */
const settled = (): Promise<void> => delay(0);
const DOWN = new PassingFailure('Slack answers 500');

describe('Outbox', () => {
  it('delivers in order, one after the other', () =>
    withServer(ok, async (server) => {
      const { outbox, said } = overHttp(server.origin);
      for (const key of ['a', 'b', 'c']) outbox.put(news(key));
      assert.equal(server.received.length, 0, 'nobody waits for the network');
      await arrived(server, 3);
      assert.deepEqual(titles(server), ['a', 'b', 'c']);
      assert.equal(await outbox.close(1_000), 0);
      assert.deepEqual(said, []);
    }));

  it('tries again twice after 500, with growing pauses, and says when it goes wrong and when it is well again', () =>
    withServer(inTurn(status(500), status(500), ok), async (server) => {
      const { outbox, time, said } = overHttp(server.origin);
      outbox.put(news('a'));
      await time.begun(1);
      time.advance(999);
      assert.equal(server.received.length, 1);
      time.advance(1);
      await time.begun(2);
      time.advance(2_000);
      await arrived(server, 3);
      await outbox.close(1_000);
      assert.deepEqual(time.asked.slice(0, 2), [1_000, 2_000]);
      assert.deepEqual(titles(server), ['a', 'a', 'a']);
      assert.deepEqual(said, [
        'a notification did not reach Slack and is tried again: Slack answers 500',
        'notifications reach Slack again',
      ]);
    }));

  for (const [what, header] of [
    ['seconds', '30'],
    ['a date', 'Thu, 26 Nov 2026 09:00:30 GMT'],
  ] as const) {
    it(`waits as long as Retry-After asks in ${what}, a page too`, () =>
      withServer(
        inTurn(status(429, { 'retry-after': header, date: 'Thu, 26 Nov 2026 09:00:00 GMT' }), ok),
        async (server) => {
          const { outbox, time } = overHttp(server.origin);
          outbox.put(news('a'));
          await time.begun(1);
          outbox.put(news('b', 'page'));
          await settled();
          assert.deepEqual([time.asked, server.received.length], [[30_000], 1]);
          time.advance(30_000);
          await arrived(server, 3);
          assert.deepEqual(titles(server), ['a', 'b', 'a']);
          await outbox.close(1_000);
        },
      ));
  }

  it('does not let a server silence it for long, nor call it at once for ever', async () => {
    for (const [waitMs, pause] of [
      [86_400_000, 300_000],
      [0, 1_000],
    ] as const) {
      const slackByHand = new ByHand();
      const { outbox, time } = outboxTo(slackByHand);
      outbox.put(news('a'));
      await slackByHand.last.answer(new PassingFailure('Slack answers 429', waitMs));
      assert.deepEqual(time.asked, [pause]);
      await outbox.close(0);
    }
  });

  it('does not wait for a server that hangs, and goes on where a page was refused a connection', async () => {
    await withServer(
      inTurn(() => {}, ok),
      async (server) => {
        const { outbox, time } = overHttp(server.origin, 100);
        outbox.put(news('a'));
        await time.begun(1);
        time.advance(1_000);
        await arrived(server, 2);
        await outbox.close(1_000);
      },
    );
    const { outbox, time, said } = overHttp(await nobodyAt());
    outbox.put(news('a', 'page'));
    await time.begun(1);
    assert.match(said[0]!, /connection refused/);
    const closing = outbox.close(10);
    time.advance(10);
    assert.equal(await closing, 1);
  });

  it('pauses for a minute at most', async () => {
    const byHand = new ByHand();
    const { outbox, time } = outboxTo(byHand);
    outbox.put(news('a'));
    for (let tries = 1; tries <= 9; tries++) {
      await byHand.last.answer(DOWN);
      time.advance(60_000);
      await settled();
    }
    assert.deepEqual(
      time.asked.map((ms) => ms / 1_000),
      [1, 2, 4, 8, 16, 32, 60, 60, 60],
    );
    await outbox.close(0);
  });

  it('lets pages go first, and at once where it pauses', async () => {
    const byHand = new ByHand();
    const { outbox, time } = outboxTo(byHand);
    outbox.put(news('a'));
    outbox.put(news('b', 'warning'));
    await byHand.last.answer(DOWN);
    assert.deepEqual(time.asked, [1_000]);
    outbox.put(news('c', 'page'));
    await settled();
    assert.deepEqual(byHand.keys, ['a', 'c']);
    await byHand.last.answer();
    await byHand.last.answer();
    await byHand.last.answer();
    assert.deepEqual(byHand.keys, ['a', 'c', 'a', 'b']);
  });

  it('tells the same news once within ten minutes', async () => {
    const byHand = new ByHand();
    const { outbox, time, said } = outboxTo(byHand);
    outbox.put(news('a', 'warning'));
    await byHand.last.answer();
    time.advance(TOLD_ONCE_MS - 1);
    outbox.put(news('a', 'warning'));
    outbox.put(news('a', 'info'));
    assert.deepEqual(byHand.keys, ['a']);
    outbox.put(news('a', 'page'));
    await byHand.last.answer();
    assert.deepEqual(byHand.keys, ['a', 'a'], 'it has become more severe');
    time.advance(TOLD_ONCE_MS);
    outbox.put(news('a', 'page'));
    await byHand.last.answer();
    assert.deepEqual(byHand.keys, ['a', 'a', 'a']);
    assert.deepEqual(said, []);
  });

  it('replaces what waits by a newer message of the same news, in its place', async () => {
    const byHand = new ByHand();
    const { outbox } = outboxTo(byHand);
    outbox.put(news('first'));
    outbox.put(news('a', 'info', 'old'));
    outbox.put(news('b'));
    outbox.put(news('a', 'info', 'new'));
    for (let tries = 1; tries <= 3; tries++) await byHand.last.answer();
    assert.deepEqual(
      byHand.tries.map(({ message }) => message.text),
      ['first', 'new', 'b'],
    );
  });

  it('replaces what is being sent only if it does not arrive', async () => {
    for (const [failure, texts] of [
      [undefined, ['old']],
      [DOWN, ['old', 'new']],
      [new Refusal('Slack answers 404', 404), ['old', 'new']],
    ] as const) {
      const byHand = new ByHand();
      const { outbox, time } = outboxTo(byHand);
      outbox.put(news('a', 'info', 'old'));
      outbox.put(news('a', 'info', 'new'));
      await byHand.last.answer(failure);
      time.advance(1_000);
      await settled();
      assert.deepEqual(
        byHand.tries.map(({ message }) => message.text),
        texts,
      );
      await outbox.close(0);
    }
  });

  it('says what was refused, once, and goes on with the next', async () => {
    const byHand = new ByHand();
    const { outbox, time, said } = outboxTo(byHand);
    outbox.put(news('a'));
    outbox.put(news('b'));
    await byHand.last.answer(new Refusal('Slack answers 404 (no_service)', 404));
    await byHand.last.answer();
    assert.deepEqual([byHand.keys, time.asked], [['a', 'b'], []]);
    assert.deepEqual(said, ['not told to Slack: "about a" (Slack answers 404 (no_service))']);
    outbox.put(news('a'));
    assert.deepEqual(byHand.keys, ['a', 'b', 'a'], 'what was not told is told when it comes again');
  });

  it('outlives a notifier with a bug', async () => {
    const byHand = new ByHand();
    const { outbox, said } = outboxTo(byHand, ['s3cret-value']);
    outbox.put(news('a'));
    outbox.put(news('b'));
    await byHand.last.answer(new TypeError('a bug at s3cret-value'));
    await byHand.last.answer();
    assert.deepEqual(said, ['not told to Slack: "about a" (a bug at [secret])']);
    const broken = {
      name: 'Slack',
      notify: () => {
        throw new TypeError('a bug');
      },
    };
    const other = outboxTo(broken);
    other.outbox.put(news('c'));
    await settled();
    assert.deepEqual(other.said, ['not told to Slack: "about c" (a bug)']);
  });

  it('gives up after an hour, and says why', async () => {
    const byHand = new ByHand();
    const { outbox, time, said } = outboxTo(byHand);
    outbox.put(news('a'));
    await byHand.last.answer(DOWN);
    time.advance(MOST_AGE_MS);
    await settled();
    assert.equal(byHand.tries.length, 1);
    assert.deepEqual(said.slice(1), ['not told to Slack: "about a" (for an hour: Slack answers 500)']);
    outbox.put(news('b'));
    await byHand.last.answer();
    assert.deepEqual(byHand.keys, ['a', 'b']);
  });

  it('holds a hundred messages, and lets the oldest of the least urgent go', async () => {
    const byHand = new ByHand();
    const { outbox, said } = outboxTo(byHand);
    outbox.put(news('sending'));
    for (let count = 1; count < MOST_WAITING; count++) outbox.put(news(`p${count}`, count === 7 ? 'info' : 'warning'));
    assert.deepEqual(said, []);
    outbox.put(news('page', 'page'));
    outbox.put(news('info'));
    outbox.put(news('page2', 'page'));
    assert.deepEqual(
      said.map((sentence) => /"about (\S+)" \(more than 100 are waiting\)/.exec(sentence)?.[1]),
      ['p7', 'info', 'p1'],
    );
    await byHand.last.answer();
    assert.equal(byHand.last.message.key, 'page');
    await outbox.close(0);
  });

  it('holds no more than the bounded text of a message, without secrets', async () => {
    const byHand = new ByHand();
    const { outbox } = outboxTo(byHand, ['s3cret-value']);
    outbox.put(news('s3cret-value', 'info', `s3cret-value ${'x'.repeat(1_000_000)}`));
    const { key, title, text } = byHand.last.message;
    assert.deepEqual([key, title], ['[secret]', 'about [secret]']);
    assert.ok(text.startsWith('[secret] x') && text.length <= 3_000);
    await outbox.close(0);
  });

  describe('what became of a message', () => {
    it('is told once, to whoever gave it', async () => {
      const byHand = new ByHand();
      const { outbox, time } = outboxTo(byHand);
      const heard: string[] = [];
      const put = (key: string): void => outbox.put(news(key), (arrived) => heard.push(`${key} ${arrived}`));
      put('a');
      put('b');
      await byHand.last.answer(DOWN);
      assert.deepEqual(heard, []);
      time.advance(1_000);
      await settled();
      await byHand.last.answer();
      await byHand.last.answer(new Refusal('no', 404));
      assert.deepEqual(heard, ['a true', 'b false']);
      put('a');
      assert.deepEqual(heard.slice(2), ['a true'], 'it had arrived');
      put('c');
      const closing = outbox.close(5_000);
      await settled();
      time.advance(5_000);
      await closing;
      put('d');
      assert.deepEqual(heard.slice(3), ['c false', 'd false']);
    });
  });

  describe('when it closes', () => {
    it('ends its pause and delivers what waits', async () => {
      const byHand = new ByHand();
      const { outbox, said } = outboxTo(byHand);
      outbox.put(news('a'));
      outbox.put(news('b'));
      await byHand.last.answer(DOWN);
      const closing = outbox.close(5_000);
      await settled();
      await byHand.last.answer();
      await byHand.last.answer();
      assert.equal(await closing, 0);
      assert.deepEqual(byHand.keys, ['a', 'a', 'b']);
      assert.equal(said.length, 2);
    });

    it('gives up at its deadline, the request on its way too, and says what was lost', async () => {
      const byHand = new ByHand();
      const { outbox, time, said } = outboxTo(byHand);
      outbox.put(news('a'));
      outbox.put(news('b', 'page'));
      const closing = outbox.close(5_000);
      await settled();
      time.advance(5_000);
      assert.equal(await closing, 2);
      outbox.put(news('c'));
      assert.deepEqual(
        said,
        ['a', 'b', 'c'].map((key) => `not told to Slack: "about ${key}" (this program is ending)`),
      );
      assert.deepEqual(byHand.keys, ['a']);
    });

    it('ends at its deadline also while a server asked to wait', async () => {
      const byHand = new ByHand();
      const { outbox, time } = outboxTo(byHand);
      outbox.put(news('a'));
      await byHand.last.answer(new PassingFailure('Slack answers 429', 60_000));
      const closing = outbox.close(5_000);
      await settled();
      assert.equal(byHand.tries.length, 1);
      time.advance(5_000);
      assert.equal(await closing, 1);
    });

    it('is done at once when nothing waits', async () => {
      assert.equal(await outboxTo(new ByHand()).outbox.close(60_000), 0);
    });
  });
});
