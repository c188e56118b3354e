import pc from 'picocolors';
import type { Gate } from '../observe/gate';
import { UserError } from '../phases/userError';
import { checkCells, ruleCells } from '../rollout/cells';
import { markdown } from '../rollout/markdown';
import { sideCells } from '../rollout/sideChecks';
import { aligned, headline, notes } from '../rollout/table';
import { EXIT_CODES, exposureLines, type Verification } from '../rollout/verification';

export interface Verified {
  readonly gate: Gate;
  readonly verification: Verification;
}

/** A verification, or why there is none. */
export type Found = Verified | UserError;

/** How a report is to look. */
export interface Form {
  readonly json?: true;
  readonly markdown?: true;
}

/** Colours are for a terminal alone: picocolors would write them into the logs of continuous integration too. */
export const colours = pc.createColors(pc.isColorSupported && process.stdout.isTTY === true);

export const exitCodeOf = (found: Found): number =>
  found instanceof UserError ? EXIT_CODES.unreachable : found.verification.exitCode;

/** @param indent spaces that JSON is indented by; 0 makes it one line */
export function shown(found: Found, { json, markdown: asMarkdown }: Form, indent = 2): string {
  if (json) return JSON.stringify(report(found), null, indent);
  if (found instanceof UserError) return found.message;
  const { gate, verification } = found;
  const { judgement } = gate;
  if (asMarkdown) return markdown(judgement, verification).trimEnd();
  const { decision } = judgement;
  const head = headline(judgement);
  return [
    coloured(head),
    ...exposureLines(verification).map((line) => `  ${line}`),
    ...(decision === undefined
      ? []
      : [...aligned(checkCells(decision)), ...aligned(ruleCells(decision))].map(coloured)),
    ...aligned(sideCells(judgement.sides, judgement.at)).map(coloured),
    ...notes(judgement, head).map((note) => `  ${note}`),
  ].join('\n');
}

/** What programs read: every field is always there, and its name stays. */
function report(found: Found): object {
  const failed = found instanceof UserError ? found : undefined;
  const { judgement, verification } =
    found instanceof UserError ? {} : { judgement: found.gate.judgement, verification: found.verification };
  const decision = judgement?.decision;
  const isoOf = (at: number | undefined): string | null =>
    at === undefined ? null : new Date(at * 1000).toISOString();
  return {
    at: isoOf(judgement?.at ?? Date.now() / 1000),
    stack: verification?.stack ?? null,
    verdict: verification?.verdict ?? null,
    exitCode: exitCodeOf(found),
    error: failed?.message ?? null,
    exposure: {
      percent: verification?.percent ?? null,
      pods: verification?.pods ?? [],
      problems: verification?.problems ?? [],
    },
    rule: decision?.rule ?? null,
    sentence: decision?.sentence ?? null,
    changesAt: isoOf(decision?.changesAt),
    window: decision?.facts.window ?? null,
    jobs: decision?.jobs ?? null,
    checks: decision?.checks ?? [],
    rules: decision?.facts.rules ?? [],
    sideChecks: judgement?.sides ?? [],
    findings: decision?.findings ?? [],
    warnings: judgement?.warnings ?? [],
  };
}

/** Colours verdicts and results, so that the eye finds them; without colours nothing is lost. */
export function coloured(line: string): string {
  const paint = (words: readonly string[], colour: (text: string) => string, text: string): string =>
    text.replace(new RegExp(`\\b(${words.join('|')})\\b`, 'g'), (word) => colour(word));
  const { red, bold, yellow, green } = colours;
  const bad = paint(['EMERGENCY', 'ROLLBACK', 'REFUSED', 'fail', 'violated'], (word) => red(bold(word)), line);
  const held = paint(['HOLD', 'MONITOR', 'warn', 'unknown', 'stale', 'ambiguous', 'unreachable'], yellow, bad);
  return paint(['PROMOTE', 'COMPLETE', 'ALLOWED', 'pass', 'quiet'], green, held);
}
