import pc from 'picocolors';
import { UserError } from '../phases/userError';
import { ruleCells } from '../rollout/cells';
import { checkCellsWithCourse } from '../rollout/courses';
import { aligned, headline, notes } from '../rollout/table';
import { EXIT_CODES, exposureLines } from '../rollout/verification';
import { coloured, type Form, type Verified } from './verifyReport';

const EVERY_MS = 10_000;

/** In a terminal one picture that is drawn anew, elsewhere a line each time and the whole report when the verdict changes. */
export async function watch(
  form: Form,
  verify: () => Promise<Verified | UserError>,
  show: (found: Verified | UserError) => Promise<unknown>,
): Promise<number> {
  const live = process.stdout.isTTY === true && !form.json && !form.markdown;
  let last: { readonly verdict: string; readonly code: number } = { verdict: '', code: EXIT_CODES.wait };
  let wake = (): void => {};
  let stopping = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (stopping) process.exit(130);
      stopping = true;
      wake();
    });
  }
  while (!stopping) {
    const found = await verify();
    const verdict = found instanceof UserError ? 'UNREACHABLE' : (found.verification.verdict ?? 'NONE');
    const changed = verdict !== last.verdict;
    const code = found instanceof UserError ? EXIT_CODES.unreachable : found.verification.exitCode;
    last = { verdict, code };
    if (live) process.stdout.write(`\u001b[H\u001b[2J${picture(found)}\n`);
    else if (changed || form.json || form.markdown) await show(found);
    else console.log(oneLine(found));
    if (stopping) break;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, EVERY_MS);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
  return last.code;
}

const now = (): string => new Date().toISOString().slice(11, 19);

function oneLine(found: Verified | UserError): string {
  return found instanceof UserError
    ? `${now()}  unreachable: ${found.message.split('\n')[0]}`
    : `${now()}  ${headline(found.gate.judgement)}`;
}

function picture(found: Verified | UserError): string {
  const foot = pc.dim(`${now()} UTC, again every ${EVERY_MS / 1000} s; Ctrl-C ends it`);
  if (found instanceof UserError) return [pc.red(found.message), foot].join('\n');
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
    coloured(pc.bold(head)),
    ...exposureLines(verification).map((line) => `  ${line}`),
    ...checks.map(coloured),
    ...notes(judgement, head).map((note) => `  ${note}`),
    foot,
  ].join('\n');
}
