import { Command, InvalidArgumentError, Option } from 'commander';
import { authorAt } from '../act/author';
import { pinBaseline } from '../act/baseline';
import { judgeStack } from '../observe/gate';
import { kubectlFor } from '../observe/kubectl';
import { measurePastBaseline } from '../observe/pastBaseline';
import { PHASE_NAMES, type PhaseName } from '../phases/phase';
import { parseSettings } from '../phases/settings';
import { seconds, unixSeconds } from '../phases/units';
import { UserError } from '../phases/userError';
import { type Assessment, judge } from '../rollout/assessment';
import { type Baseline, baselineSentence, baselineStanding } from '../rollout/baseline';
import type { Reading } from '../rollout/cluster';
import { type Ledger, writeLedger } from '../rollout/ledger';
import { agreed } from './agreed';
import { runCommand } from './command';
import { record } from './record';
import { readStackSettings } from './stackSettings';

interface Options {
  readonly stack: PhaseName;
  readonly set?: number | 'measured';
  readonly reason?: string;
  readonly yes?: true;
}

const command = new Command('baseline')
  .description(
    'Shows the pinned baseline of chat p99, and pins one for a rollout that has lost its own; one that is pinned stays. Exit code: 0 it is pinned, 1 it is not, 2 usage.',
  )
  .addOption(new Option('--stack <name>', 'whose settings to use').choices(PHASE_NAMES).default('canary-1'))
  .option('--set <seconds>', 'chat p99, such as 0.41; or "measured": over the past of before the rollout', valueIn)
  .option('--reason <text>', 'why; everybody who asks for the verdict is told')
  .option('--yes', 'do not ask');

void runCommand(command, async () => {
  const { stack, set, yes, ...options } = command.opts<Options>();
  const reason = options.reason?.replaceAll(/\s+/g, ' ').trim() ?? '';
  if (set !== undefined && reason === '') throw new UserError('usage', '--set needs --reason: say why');
  const raw = readStackSettings(stack, process.env, { secrets: true });
  const settings = parseSettings(raw);
  const { assessment, judgement, cluster } = await judgeStack(stack, raw, process.env, { always: true });
  const standing = baselineStanding(judgement.standing.ledger);
  if (standing.kind === 'none') throw new UserError('baseline', standing.sentence);
  if (standing.kind === 'pinned') {
    if (set !== undefined)
      throw new UserError('baseline', `a baseline that is pinned stays for its whole rollout; ${standing.sentence}`);
    console.log(standing.sentence);
    return 0;
  }
  const begun = unixSeconds(Date.parse(standing.rollout.startedAt) / 1000);
  const measured = await measurePastBaseline(settings, stack, process.env, begun);
  const lines = [standing.sentence, `before it began: ${pastSentence(measured)}`];
  if (set === undefined) {
    const value = measured.kind === 'read' ? 'measured' : 'SECONDS';
    console.log([...lines, `do: npm run baseline -- --set ${value} --reason "…"`].join('\n'));
    return 1;
  }
  const author = authorAt(judgement.at);
  const baseline = { ...chosen(set, measured, author.at), set: { by: author.by, reason } };
  const { decision } = judge(withLedger(assessment, { ...standing.ledger, baseline }));
  if (decision !== undefined) lines.push(`with it: ${decision.verdict}: ${decision.sentence}`);
  const shown = [...lines, `to be pinned for the rest of the rollout: ${baselineSentence(baseline)}`].join('\n');
  if (!(await agreed(shown, 'Pin it?', yes ? { yes } : {}))) return 1;
  const kubectl = kubectlFor(cluster, process.env);
  await pinBaseline(kubectl, standing.rollout.id, baseline);
  const { chatP99, samples } = baseline;
  const done = { kind: 'baseline', at: author.at, by: author.by, stack, reason } as const;
  await record({ ...done, outcome: { chatP99, samples } }, { kubectl, cluster });
  console.log('Pinned.');
  return 0;
});

function valueIn(text: string): number | 'measured' {
  const value = Number(text);
  if (text === 'measured' || (text.trim() !== '' && value > 0 && Number.isFinite(value)))
    return text === 'measured' ? text : value;
  throw new InvalidArgumentError('expected seconds above 0, such as 0.41, or measured');
}

const pastSentence = (measured: Reading<Baseline>): string =>
  measured.kind === 'read' ? baselineSentence(measured.value) : `it cannot be measured: ${measured.reason}`;

function chosen(set: number | 'measured', measured: Reading<Baseline>, at: string): Baseline {
  if (set !== 'measured') return { chatP99: set, measuredAt: at, covered: seconds(0), samples: 0 };
  if (measured.kind === 'read') return measured.value;
  throw new UserError('baseline', `${pastSentence(measured)}; give one with --set SECONDS`);
}

/** The world as it would be with this ledger, which nobody has stored. */
const withLedger = (assessment: Assessment, ledger: Ledger): Assessment => ({
  ...assessment,
  cluster: { ...assessment.cluster, ledger: { text: writeLedger(ledger), resourceVersion: '' } },
});
