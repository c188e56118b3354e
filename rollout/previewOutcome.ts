import { SEVERITY } from './decide';

/** What one `pulumi preview` with the policy pack reported. Facts only: {@link outcomeOf} is what they mean. */
export interface PreviewFacts {
  /** Exit code of `pulumi`. */
  readonly code: number;
  /** What the gate said in the policy pack where it refused; usually none or one. */
  readonly refusals: readonly string[];
  /** Mandatory violations of any other policy. */
  readonly violations: readonly string[];
  /** What program and providers logged. */
  readonly messages: readonly { readonly severity: 'info' | 'warning'; readonly text: string }[];
  /** Errors of engine, program and providers. */
  readonly errors: readonly string[];
  /** What would be done to which resource, without a value: `create kubernetes:core/v1:Secret kill-switch`. */
  readonly operations: readonly string[];
}

export type Outcome =
  /** The gate answered, with a yes or a no. Either is a good preview. */
  | { readonly kind: 'allowed' | 'held'; readonly text: string; readonly changes: readonly string[] }
  /** `valid`: the settings alone were looked at. */
  | { readonly kind: 'valid' }
  /** No answer: wrong settings; a cluster that cannot be read or is another one; anything else. */
  | { readonly kind: 'invalid' | 'unreadable' | 'broken'; readonly text: string };

/** Whether an outcome fails the check: a verdict never does, the lack of one always does. */
export const isFault = ({ kind }: Outcome): boolean => kind === 'invalid' || kind === 'unreadable' || kind === 'broken';

/** First line of a table: `canary-10 → canary-50   HOLD   window …`. */
const HEADER = new RegExp(`^\\S.* {3}(?:REFUSED|ALLOWED|${SEVERITY.join('|')}) {3}\\S`);
/** A setting that only showed itself once it was decrypted; as the program says it, or as a refusal of the table. */
const WRONG_SETTING = /(?:^|REFUSED {3}|^ *refused: )canary:[\w.]+: /m;
/** How a provider says that it did not see the cluster. */
const UNREADABLE = /unreachable cluster|cluster is unreachable|is forbidden: User /;
/** What the engine adds once something else has failed. */
const FOLLOWS = /^(?:preview failed|update failed|one or more .* failed.*)$/;

/** Classifies a preview. Pure. */
export function outcomeOf(facts: PreviewFacts): Outcome {
  const reports = facts.messages.filter(({ text }) => HEADER.test(text));
  const refusal = facts.refusals[0] ?? reports.find(({ severity }) => severity === 'warning')?.text;
  if (refusal !== undefined && WRONG_SETTING.test(refusal)) return { kind: 'invalid', text: refusal };
  if (refusal !== undefined && !HEADER.test(refusal)) return { kind: 'unreadable', text: refusal };

  const faults = [...facts.violations, ...facts.errors].filter((error) => !FOLLOWS.test(error.trim()));
  if (faults.length > 0) return fault([...new Set(faults)].join('\n'));
  if (refusal === undefined && facts.code !== 0)
    return { kind: 'broken', text: `pulumi preview ended with exit code ${facts.code} and named no error` };

  const report = reports.at(-1)?.text;
  const changes = report === undefined ? facts.operations : changesIn(report);
  const text = withoutChanges(refusal ?? report ?? '');
  return { kind: refusal === undefined ? 'allowed' : 'held', text, changes };
}

function fault(text: string): Outcome {
  if (WRONG_SETTING.test(text)) return { kind: 'invalid', text };
  return { kind: UNREADABLE.test(text) ? 'unreadable' : 'broken', text };
}

const CHANGE = /^ *change: (.+)$/;

const changesIn = (report: string): readonly string[] =>
  report.split('\n').flatMap((line) => CHANGE.exec(line)?.[1] ?? []);

const withoutChanges = (text: string): string =>
  text
    .split('\n')
    .filter((line) => !CHANGE.test(line))
    .join('\n');
