import { UserError } from '../phases/userError';
import { ruleCells } from '../rollout/cells';
import { checkCellsWithCourse } from '../rollout/courses';
import { sideCells } from '../rollout/sideChecks';
import { aligned, headline, notes } from '../rollout/table';
import { EXIT_CODES, exposureLines } from '../rollout/verification';
import { stopOnSignals } from './stopOnSignals';
import { coloured, colours, exitCodeOf, type Form, type Found, shown } from './verifyReport';

const EVERY_MS = 10_000;

/**
 * In a terminal one picture that is drawn anew, elsewhere a line each time and the whole report when the verdict changes; that is
 * also when it is recorded.
 * @returns the exit code of the last verification, once SIGINT or SIGTERM ended it
 */
export async function watch(
  form: Form,
  verify: (signal: AbortSignal) => Promise<Found>,
  record: (found: Found) => Promise<void>,
): Promise<number> {
  const live = process.stdout.isTTY === true && !form.json && !form.markdown;
  const stop = stopOnSignals();
  const stopped = new Promise<undefined>((resolve) => {
    stop.signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
  let code: number = EXIT_CODES.wait;
  let verdict = '';
  while (!stop.signal.aborted) {
    // Ctrl-C reaches the commands that read the cluster too: what they say from then on is nothing about the cluster.
    const reading = verify(stop.signal);
    reading.catch(() => {});
    const found = await Promise.race([reading, stopped]);
    if (found === undefined || stop.signal.aborted) break;
    code = exitCodeOf(found);
    const changed = verdict !== verdictOf(found);
    verdict = verdictOf(found);
    if (live) process.stdout.write(`\u001b[H\u001b[2J${picture(found)}\n`);
    else if (form.json) console.log(shown(found, form, 0));
    else console.log(changed && !(found instanceof UserError) ? shown(found, form) : oneLine(found));
    if (changed) await record(found);
    let timer: NodeJS.Timeout | undefined;
    const pause = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, EVERY_MS);
    });
    await Promise.race([pause, stopped]);
    clearTimeout(timer);
  }
  return code;
}

const verdictOf = (found: Found): string =>
  found instanceof UserError ? 'UNREACHABLE' : `${found.verification.verdict} ${found.verification.exitCode}`;

const now = (): string => new Date().toISOString().slice(11, 19);

function oneLine(found: Found): string {
  return found instanceof UserError
    ? `${now()}  unreachable: ${found.message.split('\n')[0]}`
    : `${now()}  ${headline(found.gate.judgement)}`;
}

function picture(found: Found): string {
  const { red, bold, dim } = colours;
  const foot = dim(`${now()} UTC, again every ${EVERY_MS / 1000} s; Ctrl-C ends it`);
  if (found instanceof UserError) return [red(found.message), foot].join('\n');
  const { gate, verification } = found;
  const { judgement, assessment } = gate;
  const { decision } = judgement;
  const head = headline(judgement);
  const { settings, series, at } = assessment;
  const checks =
    decision === undefined || settings.kind === 'unreadable' || series === undefined
      ? []
      : [...aligned(checkCellsWithCourse(decision, settings.value, series, at)), '', ...aligned(ruleCells(decision))];
  return [
    coloured(bold(head)),
    ...exposureLines(verification).map((line) => `  ${line}`),
    ...checks.map(coloured),
    ...aligned(sideCells(judgement.sides, judgement.at)).map(coloured),
    ...notes(judgement, head).map((note) => `  ${note}`),
    foot,
  ].join('\n');
}
