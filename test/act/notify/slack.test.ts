import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { PassingFailure, Refusal } from '../../../act/notify/notifier';
import { slack, slackMessage } from '../../../act/notify/slack';
import { judge } from '../../../rollout/assessment';
import { fitToSend, type Notification, notificationOf } from '../../../rollout/notification';
import { table } from '../../../rollout/table';
import { eventOf } from '../../../rollout/watchEvent';
import { type Answer, nobodyAt, withServer } from '../../observe/support/loopback';
import { assessment } from '../../support/assessments';

const PATH = '/services/T0000/B0000/s3cretOfTheWebhook';
const NOW = Date.parse('2026-11-26T09:00:00Z');
const NEWS: Notification = {
  key: 'rollback/1',
  severity: 'page',
  title: 'ROLLBACK',
  text: 'error rate is 7 %, ≤ 5 % is needed & more',
  table: 'check   value\nerror   < 7 %',
  link: 'https://grafana.test/d/1?a=b&c=d',
};
const to = (origin: string, timeoutMs = 5_000) => slack({ url: `${origin}${PATH}`, timeoutMs, clock: () => NOW });
const send = (origin: string, own: Partial<Notification> = {}, timeoutMs?: number) =>
  to(origin, timeoutMs).notify(fitToSend({ ...NEWS, ...own }, []));
const answering =
  (status: number, body: string, headers: Record<string, string> = {}): Answer =>
  (_, response: ServerResponse) =>
    response.writeHead(status, headers).end(body);

async function failure<T extends Error>(call: Promise<void>, kind: abstract new (...args: never[]) => T): Promise<T> {
  const thrown: unknown = await call.then(
    () => assert.fail('the message was taken'),
    (error: unknown) => error,
  );
  assert.ok(thrown instanceof kind, String(thrown));
  assert.doesNotMatch(JSON.stringify([thrown.message, thrown.stack, thrown]), /s3cret|T0000/);
  assert.equal(thrown.cause, undefined);
  return thrown;
}

/** Every text of a message that Slack reads as markup. */
const markup = (message: unknown): string[] => {
  if (typeof message !== 'object' || message === null) return [];
  const { type, text } = message as { type?: unknown; text?: unknown };
  const own = typeof text === 'string' && (type === 'mrkdwn' || type === undefined) ? [text] : [];
  return [...own, ...Object.values(message).flatMap(markup)];
};

describe('slack', () => {
  it('posts title, sentence, table and dashboard as blocks', () =>
    withServer(answering(200, 'ok'), async ({ origin, received }) => {
      await send(origin);
      assert.equal(received.length, 1);
      const { method, url, headers, body } = received[0]!;
      assert.deepEqual([method, url], ['POST', PATH]);
      assert.equal(headers['content-type'], 'application/json; charset=utf-8');
      assert.deepEqual(JSON.parse(body), {
        text: '🔴 ROLLBACK\nerror rate is 7 %, ≤ 5 % is needed &amp; more',
        mrkdwn: false,
        parse: 'none',
        link_names: false,
        unfurl_links: false,
        blocks: [
          { type: 'header', text: { type: 'plain_text', text: '🔴 ROLLBACK', emoji: false } },
          {
            type: 'section',
            text: { type: 'plain_text', text: 'error rate is 7 %, ≤ 5 % is needed & more', emoji: false },
          },
          {
            type: 'rich_text',
            elements: [
              { type: 'rich_text_preformatted', elements: [{ type: 'text', text: 'check   value\nerror   < 7 %' }] },
            ],
          },
          {
            type: 'context',
            elements: [{ type: 'mrkdwn', text: '<https://grafana.test/d/1?a=b&amp;c=d|Dashboard>', verbatim: true }],
          },
        ],
      });
    }));

  it('leaves out what is not there: an empty block would be refused', () => {
    const { blocks } = slackMessage({ key: 'k', severity: 'info', title: 'COMPLETE', text: '', table: '' });
    assert.deepEqual(blocks, [{ type: 'header', text: { type: 'plain_text', text: '🟢 COMPLETE', emoji: false } }]);
  });

  it('shows the table that people see everywhere else', () => {
    const judgement = judge(assessment('canary-50', { live: 10 }));
    const said = { kind: 'blind', at: judgement.at, stack: 'canary-10', sentence: 's', key: 'k' } as const;
    const news = notificationOf(eventOf(said), judgement, undefined);
    assert.ok(JSON.stringify(slackMessage(fitToSend(news, []))).includes(JSON.stringify(table(judgement))));
  });

  for (const hostile of [
    '<!channel> <!here> <@U123> <https://evil.test|click>',
    '@here @channel & &lt;!channel&gt;',
    '`code` ```fence``` *bold* _it_ ~no~ :bomb:',
    '\u0000\u001b[31m\u202e\ud800',
    '<&>'.repeat(350_000),
    '\n'.repeat(1_000_000),
  ]) {
    it(`makes no markup of ${JSON.stringify(hostile.slice(0, 60))}, and keeps Slack's limits`, () =>
      withServer(answering(200, 'ok'), async ({ origin, received }) => {
        await send(origin, { title: hostile, text: hostile, table: hostile, link: `https://x.test/${hostile}` });
        const { body } = received[0]!;
        const message = JSON.parse(body) as ReturnType<typeof slackMessage>;
        for (const text of markup(message)) {
          assert.doesNotMatch(text.replace(/^<https:\/\/x\.test[^<>]*\|Dashboard>$/, ''), /[<>]|&(?!(amp|lt|gt);)/);
        }
        for (const { type, text } of message.blocks as { type: string; text?: { text: string } }[]) {
          const { length } = text?.text ?? '';
          assert.ok(type !== 'header' || (length > 0 && length <= 150));
          assert.ok(type !== 'section' || (length > 0 && length <= 3_000));
        }
        assert.ok(message.blocks.length <= 4);
        assert.ok(body.length < 13_000 + 2_500, String(body.length));
        assert.doesNotMatch(body, /\\u0000|\\u001b|\u202e|\\ud800/);
      }));
  }

  it('sends the news alone where Slack takes no such blocks', () =>
    withServer(
      ({ body }, response) =>
        'blocks' in (JSON.parse(body) as object)
          ? response.writeHead(400).end('invalid_blocks')
          : response.writeHead(200).end('ok'),
      async ({ origin, received }) => {
        await send(origin);
        assert.deepEqual(JSON.parse(received[1]!.body), {
          text: '🔴 ROLLBACK\nerror rate is 7 %, ≤ 5 % is needed &amp; more',
          mrkdwn: false,
          parse: 'none',
          link_names: false,
          unfurl_links: false,
        });
      },
    ));

  const passing: readonly [answer: Answer, sentence: RegExp, waitMs: number | undefined][] = [
    [answering(429, 'rate_limited', { 'retry-after': '30' }), /^Slack answers 429 \(rate_limited\)$/, 30_000],
    [
      answering(429, '', { 'retry-after': 'Thu, 26 Nov 2026 09:00:20 GMT', date: 'Thu, 26 Nov 2026 09:00:00 GMT' }),
      /^Slack answers 429$/,
      20_000,
    ],
    [answering(500, 'rollup_error\nmore'), /^Slack answers 500 \(rollup_error\)$/, undefined],
    [answering(503, '', { 'retry-after': '5' }), /^Slack answers 503$/, 5_000],
    [answering(302, '', { location: 'http://127.0.0.1:1/' }), /^Slack answers 302$/, undefined],
    [answering(200, '<html>please log in</html>'), /^Slack answers 200, but not "ok"$/, undefined],
    [answering(200, ''), /^Slack answers 200, but not "ok"$/, undefined],
    [(_, response) => response.socket?.destroy(), /^Slack: connection lost at http:\/\/127/, undefined],
    [(_, response) => response.socket?.end('garbage\r\n\r\n'), /^Slack: /, undefined],
    [answering(200, 'x'.repeat(2 * 1024 * 1024)), /^Slack: more than 1 MiB were sent/, undefined],
  ];
  for (const [answer, sentence, waitMs] of passing) {
    it(`may be tried again after ${sentence.source}`, () =>
      withServer(answer, async ({ origin, received }) => {
        const thrown = await failure(send(origin), PassingFailure);
        assert.match(thrown.message, sentence);
        assert.equal(thrown.waitMs, waitMs);
        assert.equal(received.length, 1);
      }));
  }

  it('may be tried again where nobody answers in time, and where nobody is', async () => {
    await withServer(
      () => {},
      async ({ origin }) => {
        assert.match((await failure(send(origin, {}, 100), PassingFailure)).message, /^Slack: no answer within 0\.1 s/);
      },
    );
    assert.match((await failure(send(await nobodyAt()), PassingFailure)).message, /^Slack: connection refused/);
  });

  it('ends with its caller', () =>
    withServer(
      () => {},
      async ({ origin }) => {
        const caller = new AbortController();
        const sent = failure(to(origin, 60_000).notify(NEWS, caller.signal), PassingFailure);
        caller.abort();
        await sent;
      },
    ));

  for (const [status, body] of [
    [404, 'no_service'],
    [403, 'action_prohibited'],
    [410, 'channel_is_archived'],
  ] as const) {
    it(`is refused for good with ${status} ${body}`, () =>
      withServer(answering(status, body), async ({ origin, received }) => {
        const { message } = await failure(send(origin), Refusal);
        assert.equal(message, `Slack answers ${status} (${body})`);
        assert.equal(received.length, 1);
      }));
  }

  it('shows nothing of its address, also where the answer quotes it', () =>
    withServer(
      ({ url, headers }, response) =>
        response.writeHead(404).end(`no http://${headers.host}${url} here, nor ${url.split('/').at(-1)}`),
      async ({ origin }) => {
        const { message } = await failure(send(origin), Refusal);
        assert.equal(message, 'Slack answers 404 (no [secret] here, nor [secret])');
      },
    ));
});
