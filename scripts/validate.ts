import { Command, Option } from 'commander';
import type { Told } from '../act/completion';
import { recordEvidence } from '../act/evidence';
import { whenValidated } from '../act/validated';
import type { Gate } from '../observe/gate';
import { readPostRollout } from '../observe/postRollout';
import { parseNotifySettings } from '../phases/notifySettings';
import { parseSettings } from '../phases/settings';
import { UserError } from '../phases/userError';
import { TITLES } from '../rollout/notification';
import { aligned } from '../rollout/table';
import { LAST_PHASE, type Validation, validationCells, validationOf } from '../rollout/validation';
import { EXIT_CODES } from '../rollout/verification';
import { runCommand } from './command';
import { readStackSettings } from './stackSettings';
import { tellingOf } from './telling';
import { verified } from './verified';
import { coloured } from './verifyReport';

interface Options {
  readonly stack: string;
  readonly json?: true;
}

const command = new Command('validate')
  .description(
    'Looks at everything that the plan asks for after 100 %. The first time that all of it is so it is told once and written down. Exit code: 0 validated, 10 not yet, 1 something is not so, 20 rollback, 21 emergency, 3 something that must be known does not answer, 2 usage.',
  )
  .addOption(new Option('--stack <name>', 'whose settings to use').choices([LAST_PHASE]).default(LAST_PHASE))
  .option('--json', 'one JSON object');

const say = (sentence: string): void => console.error(sentence);

void runCommand(command, async () => {
  const { stack, json } = command.opts<Options>();
  const raw = readStackSettings(stack, process.env, { secrets: true });
  const settings = parseSettings(raw);
  const notify = parseNotifySettings(raw, process.env['SLACK_WEBHOOK']);
  const found = await verified(stack, raw);
  if (found instanceof UserError) {
    if (json)
      console.log(JSON.stringify({ ...NOTHING, exitCode: EXIT_CODES.unreachable, error: found.message }, null, 2));
    else console.error(found.message);
    return EXIT_CODES.unreachable;
  }
  const { gate } = found;
  const validation = validationOf(gate.judgement, await readPostRollout(gate, settings, process.env));
  for (const failed of await recordEvidence(gate, { by: 'validate', mode: 'report' }, process.env)) say(failed);
  const complete = (): Promise<Told | undefined> =>
    whenValidated(gate, validation, {
      telling: tellingOf(notify, settings, say),
      dashboard: settings.grafana,
      env: process.env,
      clock: Date.now,
      say,
    });
  const told = validation.exitCode === EXIT_CODES.good ? await complete() : undefined;
  console.log(json ? JSON.stringify(report(gate, validation, told), null, 2) : shown(gate, validation, told));
  return validation.exitCode;
});

function shown({ judgement }: Gate, validation: Validation, told: Told | undefined): string {
  const { decision, warnings } = judgement;
  const head = decision === undefined ? '' : `   ${decision.verdict}: ${decision.sentence}`;
  return [
    coloured(`${LAST_PHASE}   ${validation.word}${head}`),
    ...aligned(validationCells(validation)).map(coloured),
    ...warnings.map((warning) => `  warning: ${warning}`),
    ...(validation.exitCode === EXIT_CODES.good ? [`  "${TITLES.complete}": ${toldText(told)}`] : []),
  ].join('\n');
}

const toldText = (told: Told | undefined): string =>
  told === undefined
    ? 'nobody is told: neither SLACK_WEBHOOK nor canary:notify is set'
    : told.kind === 'told'
      ? 'told'
      : told.sentence;

const NOTHING = { at: null, stack: LAST_PHASE, validated: false, verdict: null, lines: [], told: null };

/** What programs read: every field is always there, and its name stays. */
function report({ judgement }: Gate, { lines, exitCode }: Validation, told: Told | undefined): object {
  return {
    at: new Date(judgement.at * 1000).toISOString(),
    stack: LAST_PHASE,
    validated: exitCode === EXIT_CODES.good,
    verdict: judgement.decision?.verdict ?? null,
    lines,
    told: exitCode === EXIT_CODES.good ? { kind: told?.kind ?? 'nobody', sentence: toldText(told) } : null,
    exitCode,
    error: null,
  };
}
