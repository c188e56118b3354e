import assert from 'node:assert/strict';
import type { Entry } from '../../../rollout/report/entry';
import { readEntry } from '../../../rollout/report/readEntry';
import { type Report, reportOf } from '../../../rollout/report/report';
import { reportHtml } from '../../../rollout/report/reportHtml';
import { reportMarkdown } from '../../../rollout/report/reportMarkdown';
import { rolloutsIn } from '../../../rollout/report/rollouts';
import { MOST_ROWS, timelineOf } from '../../../rollout/report/timeline';
import { HOSTILE } from '../../support/hostile';
import { type AnyRecord, hostileRecords, wholeRollout } from '../../support/rolloutRecords';

const SOURCES = [{ file: 'evidence.jsonl', records: 1, duplicates: 0, broken: ['7: is no JSON'], brokenLines: 1 }];

function entriesOf(records: readonly AnyRecord[]): Entry[] {
  return records.map((record) => {
    const entry = readEntry(JSON.stringify(record));
    assert.ok(entry.kind === 'read');
    return entry.value;
  });
}

function reportFor(records: readonly AnyRecord[]): Report {
  const rollouts = rolloutsIn(entriesOf(records));
  return reportOf(rollouts.at(-1)!, { sources: SOURCES, others: rollouts });
}

describe('rollout/report/report', () => {
  const whole = wholeRollout();
  const report = reportFor(whole);

  it('tells how it ended, by the kill that took it to 0', () => {
    assert.equal(report.title, 'rollout of 2026-11-23 07:00 UTC (r-2026-11-23)');
    assert.equal(report.status.word, 'ROLLED BACK');
    assert.match(
      report.status.sentence,
      /^2026-11-26 06:00:04 UTC, confirmed off after 0\.41 s, by watcher-1: error rate > 3 %/,
    );
  });

  it('tells how it stands at any earlier moment', () => {
    const until = (test: (record: AnyRecord) => boolean): Report => reportFor(whole.slice(0, whole.findIndex(test)));
    assert.equal(until(({ kind }) => kind === 'rollback').status.word, '50 %');
    assert.equal(until(({ stack }) => stack === 'canary-10').status.word, '1 %');
    assert.equal(reportFor(whole.slice(0, 1)).status.word, 'UNKNOWN');
  });

  it('has each check of each phase with its own limit', () => {
    const latency = report.checks.find(({ id }) => id === 'materializer-p99')!;
    assert.deepEqual(
      latency.stretches.map(({ phase, limit, kind, limitText }) => [phase, limit, kind, limitText]),
      [
        ['canary-1', 10, 'soft', '< 10 s'],
        ['canary-10', 8, 'soft', '< 8 s'],
        ['canary-50', 5, 'hard', '< 5 s'],
      ],
    );
    assert.ok(latency.stretches[2]!.points.some(({ status }) => status === 'fail'));
    assert.deepEqual(
      report.checks.find(({ id }) => id === 'worker-seen')!.stretches.map(({ phase }) => phase),
      ['canary-10'],
    );
  });

  it('has drills, kills, overrides, resumes and fired rules', () => {
    const { drills, kills, overrides, resumes, fired } = report;
    assert.deepEqual(
      [drills, kills, overrides, resumes, fired].map(({ length }) => length),
      [1, 2, 1, 1, 1],
    );
    assert.match(overrides[0]!.said.join(), /^override of materializer-p99 by ana/);
  });

  it('tells what is the same several times once, and says how often', () => {
    const rows = timelineOf(entriesOf(whole));
    assert.ok(rows.length < whole.length);
    assert.equal(
      rows.reduce((sum, { times }) => sum + times, 0),
      whole.length,
    );
  });
});

describe('rollout/report/reportHtml', () => {
  const page = reportHtml(reportFor(wholeRollout()), { policy: "default-src 'none'" });

  it('is one page without anything from elsewhere, which says so itself', () => {
    assert.match(page, /^<!doctype html>/);
    assert.ok(page.includes('<meta http-equiv="Content-Security-Policy" content="default-src &#39;none&#39;">'));
    assert.doesNotMatch(
      page,
      /<script|<link|<img|<iframe|<form|\bsrc=|\shref="(?!#)|url\(|@import|\sstyle=|NaN|undefined/,
    );
  });

  it('has a picture of the exposure and of every check, each with words for who does not see it', () => {
    const pictures = [...page.matchAll(/<svg class="picture[^>]*aria-label="([^"]+)"/g)].map(([, label]) => label!);
    assert.equal(pictures[0], 'exposure over time: 1 %, then 10 %, then 50 %, then off');
    assert.equal(pictures.length, 1 + reportFor(wholeRollout()).checks.length);
    assert.match(pictures[1]!, /^success rate: canary-1 97\.\d+ % to 99\.80 %, limit &gt; 95 %; canary-10 /);
  });

  it('says first that lines are no records, and names them', () => {
    assert.ok(page.indexOf('1 line is no record') < page.indexOf('ROLLED BACK</h1>'));
    assert.ok(page.includes('evidence.jsonl:7: is no JSON'));
  });

  it('says how many lines it leaves out', () => {
    const row = { until: 0, times: 1, tone: 'info', word: 'HOLD', what: '', isPreview: false, by: 'x' } as const;
    const timeline = Array.from({ length: MOST_ROWS + 3 }, (_, at) => ({ ...row, at, sentence: `${at}` }));
    const long = { ...reportFor(wholeRollout()), timeline };
    assert.match(reportHtml(long, { policy: '' }), /The 3 oldest lines are in the journals alone/);
    assert.match(reportMarkdown(long), /The 3 oldest lines are in the journals alone/);
  });

  it('shows hostile words as words alone', () => {
    const hostile = reportHtml(reportFor(hostileRecords()), { policy: '' });
    assert.ok(hostile.includes('globalThis.pwned'));
    const elements = new Set([...hostile.matchAll(/<([a-z]\w*)/g)].map(([, name]) => name));
    const known = new Set([...page.matchAll(/<([a-z]\w*)/g)].map(([, name]) => name));
    assert.deepEqual(
      [...elements].filter((name) => !known.has(name)),
      [],
    );
    assert.doesNotMatch(hostile, /<[^>]*\son\w+=/);
  });
});

describe('rollout/report/reportMarkdown', () => {
  it('has a heading for each part, and for what people have to write', () => {
    const headings = [...reportMarkdown(reportFor(wholeRollout())).matchAll(/^## (.*)$/gm)].map(
      ([, heading]) => heading,
    );
    assert.deepEqual(headings, [
      'Impact',
      'Cause',
      'Exposure',
      'Kills and rollbacks',
      'Rollback rules that fired',
      'Checks',
      'Overrides',
      'Kill drills',
      'Resumes',
      'What was decided and done',
      'What follows',
      'Where it comes from',
    ]);
  });

  it('keeps hostile words text: no markup, mention, link or cell of their own', () => {
    const text = reportMarkdown(reportFor(hostileRecords()));
    assert.ok(!text.includes(HOSTILE));
    assert.doesNotMatch(text, /<(?!\/?br)|(?<!\\)\]\(|@\w/);
    for (const line of text.split('\n').filter((one) => one.startsWith('| '))) assert.match(line, /\|$/);
  });
});
