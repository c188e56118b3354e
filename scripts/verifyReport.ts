import pc from 'picocolors';
import type { Gate } from '../observe/gate';
import { checkCells, ruleCells } from '../rollout/cells';
import { markdown } from '../rollout/markdown';
import { aligned, headline, notes } from '../rollout/table';
import { exposureLines, type Verification } from '../rollout/verification';

export interface Verified {
  readonly gate: Gate;
  readonly verification: Verification;
}

/** How a report is to look. */
export interface Form {
  readonly json?: true;
  readonly markdown?: true;
}

export function shown({ gate, verification }: Verified, { json, markdown: asMarkdown }: Form): string {
  const { judgement } = gate;
  if (json) return JSON.stringify(report({ gate, verification }), null, 2);
  if (asMarkdown) return markdown(judgement, verification).trimEnd();
  const { decision } = judgement;
  const head = headline(judgement);
  return [
    coloured(head),
    ...exposureLines(verification).map((line) => `  ${line}`),
    ...(decision === undefined
      ? []
      : [...aligned(checkCells(decision)), ...aligned(ruleCells(decision))].map(coloured)),
    ...notes(judgement, head).map((note) => `  ${note}`),
  ].join('\n');
}

/** What programs read; the names of the fields stay. */
function report({ gate, verification }: Verified): object {
  const { judgement } = gate;
  const { decision } = judgement;
  return {
    at: new Date(judgement.at * 1000).toISOString(),
    stack: verification.stack,
    verdict: verification.verdict ?? null,
    exitCode: verification.exitCode,
    exposure: { percent: verification.percent, pods: verification.pods, problems: verification.problems },
    ...(decision === undefined
      ? {}
      : {
          rule: decision.rule,
          sentence: decision.sentence,
          ...(decision.changesAt === undefined ? {} : { changesAt: new Date(decision.changesAt * 1000).toISOString() }),
          window: decision.facts.window,
          jobs: decision.facts.jobs,
          checks: decision.checks,
          rules: decision.facts.rules,
          findings: decision.findings,
        }),
    warnings: judgement.warnings,
  };
}

/** Colours verdicts and results, so that the eye finds them; without colours nothing is lost. */
export function coloured(line: string): string {
  const paint = (words: readonly string[], colour: (text: string) => string, text: string): string =>
    text.replace(new RegExp(`\\b(${words.join('|')})\\b`, 'g'), (word) => colour(word));
  const bad = paint(['EMERGENCY', 'ROLLBACK', 'REFUSED', 'fail', 'violated'], (word) => pc.red(pc.bold(word)), line);
  const held = paint(['HOLD', 'MONITOR', 'warn', 'unknown', 'stale', 'ambiguous', 'unreachable'], pc.yellow, bad);
  return paint(['PROMOTE', 'COMPLETE', 'ALLOWED', 'pass', 'quiet'], pc.green, held);
}
