import type { StackName } from './changedStacks';
import { isFault, type Outcome } from './previewOutcome';

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
/** A shorter one would also be found inside ordinary words. */
const LEAST_SECRET = 6;

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
  const text = shortened(show(lines), share - 1_000);
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

/** Only plain web addresses become links, without user and password; of others nothing is shown. */
function linkTo(address: string): string {
  const url = new URL(address);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return '';
  url.username = '';
  url.password = '';
  // What ends a link or begins something else in Markdown; a URL may hold it, and means the same when it is encoded.
  const safe = url.href.replace(/[^\w:/.?#&=%~+,;-]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);
  return `[Dashboard](${safe})`;
}

/** Without what would be shown as nothing, turn the text around or ask for endless marks: control and format characters, halves of pairs. */
const plain = (text: string): string =>
  text
    .replace(/\r\n?/g, '\n')
    .replace(/\t/g, '  ')
    .replace(/(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '')
    .replace(/`{9,}/g, '`'.repeat(8))
    .replace(/\p{Cs}/gu, '\uFFFD');

/** Longest first: a secret may be part of another. A URL's user and password go, whoever they belong to. */
function redacted(text: string, secrets: readonly string[]): string {
  const known = secrets
    .flatMap((secret) => [secret, ...secret.split('\n')])
    .map((secret) => secret.trim())
    .filter((secret) => secret.length >= LEAST_SECRET)
    .sort((a, b) => b.length - a.length);
  const without = known.reduce((rest, secret) => rest.replaceAll(secret, '[secret]'), text);
  return without.replace(/:\/\/[^\s/@]+@/g, '://[secret]@');
}

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

/** Whole lines from the beginning, where the verdict stands. */
function shortened(text: string, most: number): string {
  if (text.length <= most) return text;
  const whole = text.slice(0, most).split('\n').slice(0, -1);
  const kept = whole.length > 0 ? whole : [[...text.slice(0, most)].slice(0, -1).join('')];
  return [...kept, '… shortened; the whole text is in the log of this check'].join('\n');
}
