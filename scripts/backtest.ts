import { Command, InvalidArgumentError, Option } from 'commander';
import { readHistory } from '../observe/history';
import { phaseNamed } from '../phases/ladder';
import { PHASE_NAMES, type PhaseName } from '../phases/phase';
import { parseSettings } from '../phases/settings';
import { formatDuration, parseDuration, type Seconds, seconds, type UnixSeconds, unixSeconds } from '../phases/units';
import { UserError } from '../phases/userError';
import { backtest } from '../rollout/backtest';
import { backtestTable } from '../rollout/backtestTable';
import { runCommand } from './command';
import { readStackSettings } from './stackSettings';

/** Exit code when Prometheus could not be read. */
const UNREACHABLE = 3;
const LONGEST = seconds(31 * 24 * 3600);

interface Options {
  readonly stack: PhaseName;
  readonly from: UnixSeconds;
  readonly to: UnixSeconds;
  readonly assume?: PhaseName;
  readonly baseline?: Seconds;
  readonly step?: Seconds;
  readonly json?: true;
}

const command = new Command('backtest')
  .description(
    'Runs the plan over samples that Prometheus holds: which rules would have fired, when a phase would have been promoted. Changes nothing.',
  )
  .addOption(new Option('--stack <name>', 'whose settings to use').choices(PHASE_NAMES).makeOptionMandatory())
  .requiredOption('--from <time>', 'begin of the span, such as 2026-11-23T06:00:00Z', timeOf)
  .requiredOption('--to <time>', 'end of the span', timeOf)
  .addOption(new Option('--assume <phase>', 'judge the whole span as if this phase had been live').choices(PHASE_NAMES))
  .option('--baseline <seconds>', 'chat p99 to compare with, instead of measuring it', baselineOf)
  .option('--step <duration>', 'judge at least this often, such as 1m; whole minutes', stepOf)
  .option('--json', 'for programs; times in Unix seconds');

void runCommand(command, async () => {
  const { stack, from, to, assume, json, ...options } = command.opts<Options>();
  if (from >= to) command.error('error: --from must lie before --to');
  if (to > Date.now() / 1000) command.error('error: --to lies in the future');
  if (to - from > LONGEST) command.error(`error: the span is longer than ${formatDuration(LONGEST)}`);
  const settings = parseSettings(readStackSettings(stack, process.env));
  if (settings.source.kind !== 'prometheus') {
    throw new UserError(
      'settings',
      'canary:source is endpoint; a backtest needs the past, which only a Prometheus holds',
    );
  }
  const history = await readHistory(settings, { url: settings.source.url, from, to });
  if (history.kind === 'unreadable') {
    console.error(history.reason);
    return UNREACHABLE;
  }
  const phase = assume === undefined ? undefined : phaseNamed(assume);
  const input = { series: history.value, settings, from, to, ...options };
  const result = backtest(phase === undefined ? input : { ...input, assume: phase });
  console.log(json ? JSON.stringify(result, undefined, 2) : backtestTable(result));
  return 0;
});

/** An ISO time with its zone: one without is another moment on another machine. */
function timeOf(text: string): UnixSeconds {
  const time = Date.parse(text);
  if (!/^\d{4}-\d\d-\d\d(T.*(Z|[+-]\d\d:?\d\d))?$/i.test(text) || Number.isNaN(time)) {
    throw new InvalidArgumentError('expected a date, or a time with its zone, such as 2026-11-23T06:00:00Z');
  }
  return unixSeconds(time / 1000);
}

function baselineOf(text: string): Seconds {
  const value = Number(text);
  if (!(value > 0) || !Number.isFinite(value)) throw new InvalidArgumentError('expected seconds, such as 0.4');
  return seconds(value);
}

function stepOf(text: string): Seconds {
  const length = parseDuration(text);
  if (length === undefined || length <= 0) throw new InvalidArgumentError('expected a duration, such as 1m');
  return length;
}
