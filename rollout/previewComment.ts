import type { StackName } from './changedStacks';
import { plainText, shortened } from './plainText';
import { isFault, type Outcome } from './previewOutcome';
import { redacted } from './redacted';
import { webAddress } from './webAddress';

/** First line of the comment, unseen by people: how it is found again. */
export const MARKER = '<!-- denis-canary:preview -->';

export interface StackPreview {
  readonly stack: StackName;
  readonly outcome: Outcome;
  /** Dashboard of the stack's settings. */
  readonly grafana: string | undefined;
}

export interface PreviewComment {
  /** Commit of which the previews are, in hexadecimal. */
  readonly revision: string;
  /** False: nothing but settings was looked at. */
  readonly withCluster: boolean;
  readonly previews: readonly StackPreview[];
  /** Texts that are shown nowhere. */
  readonly secrets: readonly string[];
}

/** What the host of the repository takes, in characters, less some room for our own words. */
const MOST_TEXT = 60_000;
const MOST_CELL = 300;
const SHORTENED = '… shortened; the whole text is in the log of this check';

const WORDS: Record<Outcome['kind'], string> = {
  allowed: 'allowed',
  held: 'held',
  valid: 'settings valid',
  invalid: '**invalid settings**',
  unreadable: '**cluster not readable**',
  broken: '**broken**',
};

/**
 * The previews as one Markdown comment. Whatever a cluster, a Prometheus or a program said stands in code spans and
 * fences that it cannot leave: no mention, no link, no HTML comes out of it. Bounded to what a comment may hold.
 */
export function previewComment({ revision, withCluster, previews, secrets }: PreviewComment): string {
  const show = (text: string): string => redacted(plain(text), secrets);
  const commit = /^[0-9a-f]{7,64}$/.test(revision) ? revision.slice(0, 12) : 'unknown';
  const head = [MARKER, `### Rollout: preview of ${codeSpan(commit)}`, ''];
  if (previews.length === 0) return [...head, 'This revision changes no stack.', ''].join('\n');

  const share = Math.floor(MOST_TEXT / previews.length);
  const rows = previews.map((preview) => row(preview, show));
  const columns = withCluster ? 'stack | result | says | would change' : 'stack | result | says';
  const rule = withCluster ? '|---|---|---|---|' : '|---|---|---|';
  const table = [
    `| ${columns} |`,
    rule,
    ...rows.map((cells) => `| ${cells.slice(0, withCluster ? 4 : 3).join(' | ')} |`),
  ];
  return [
    ...head,
    ...(withCluster ? [] : [WITHOUT_CLUSTER, '']),
    ...table,
    '',
    ...previews.flatMap((preview) => details(preview, show, share)),
    ...links(previews),
    withCluster ? LEGEND : LEGEND_WITHOUT_CLUSTER,
    '',
  ].join('\n');
}

const WITHOUT_CLUSTER =
  '**No cluster was asked**, because this run has no secrets: the pull request comes from a fork or a bot, or the ' +
  'repository has none set up. The code compiles, and the settings of each stack were checked. What a move would do is not known.';
const LEGEND =
  'Each line is what `pulumi up` of that stack would do now. `held` is the answer of the gate and does not fail this ' +
  'check; invalid settings, a broken program or a cluster that cannot be read do.';
const LEGEND_WITHOUT_CLUSTER = 'Invalid settings fail this check. Encrypted values were not looked at.';

function row({ stack, outcome }: StackPreview, show: (text: string) => string): readonly string[] {
  const first = 'text' in outcome ? cell(show(outcome.text)) : '';
  const changes = 'changes' in outcome ? outcome.changes : [];
  const last = changes.length > 0 ? cell(show(changes.join(', '))) : isFault(outcome) ? 'unknown' : 'nothing';
  return [codeSpan(stack), WORDS[outcome.kind], first, last];
}

/** The whole text of one stack, folded. A text of one line stands in the table already. */
function details({ stack, outcome }: StackPreview, show: (text: string) => string, share: number): readonly string[] {
  if (!('text' in outcome)) return [];
  const changes = 'changes' in outcome ? outcome.changes.map((change) => `  change: ${change}`) : [];
  const lines = [outcome.text.trimEnd(), ...changes].filter((line) => line !== '').join('\n');
  if (lines === '') return [];
  const open = isFault(outcome) ? ' open' : '';
  const text = shortened(show(lines), share - 1_000, SHORTENED);
  return [
    `<details${open}><summary>${stack}: ${WORDS[outcome.kind].replaceAll('*', '')}</summary>`,
    '',
    fenced(text),
    '',
    '</details>',
    '',
  ];
}

function links(previews: readonly StackPreview[]): readonly string[] {
  const found = previews.flatMap(({ grafana }) => (grafana === undefined ? [] : [linkTo(grafana)]));
  const distinct = [...new Set(found)].filter((link) => link !== '');
  return distinct.length === 0 ? [] : [distinct.join(' · '), ''];
}

/** Of what is no web address nothing is shown. */
function linkTo(grafana: string): string {
  const address = webAddress(grafana);
  return address === undefined ? '' : `[Dashboard](${address})`;
}

/** Text with no run of backticks that asks for endless marks around it. */
const plain = (text: string): string => plainText(text).replace(/`{9,}/g, '`'.repeat(8));

/** One line of code in a table. A bar would end the cell even inside of code. */
function cell(text: string): string {
  const line = text.split('\n').find((one) => one.trim() !== '') ?? '';
  const short = [...line.trim().replace(/ {2,}/g, '  ').replaceAll('|', '¦')];
  const shown = short.length > MOST_CELL ? `${short.slice(0, MOST_CELL).join('')}…` : short.join('');
  return shown === '' ? '' : codeSpan(shown);
}

/** Code that ends where it should: its marks are longer than any run of them in the text. */
function codeSpan(text: string): string {
  const marks = '`'.repeat(longestRun(text, /`+/g) + 1);
  return marks.length === 1 ? `\`${text}\`` : `${marks} ${text} ${marks}`;
}

function fenced(text: string): string {
  const marks = '`'.repeat(Math.max(3, longestRun(text, /`+/g) + 1));
  return `${marks}text\n${text}\n${marks}`;
}

const longestRun = (text: string, pattern: RegExp): number =>
  Math.max(0, ...[...text.matchAll(pattern)].map(([run]) => run.length));
