import { hostname } from 'node:os';
import { Command } from 'commander';
import { Sampler } from '../act/sampler';
import { lockSamples } from '../act/samplerLock';
import { SampleWriter } from '../act/sampleWriter';
import { tickUntil } from '../act/tickUntil';
import { readPods } from '../observe/cluster';
import { journalFolder } from '../observe/journalFolder';
import { kubectlFor } from '../observe/kubectl';
import { allSelectors } from '../observe/metricSelectors';
import { podAccessFor } from '../observe/podAccess';
import { parseSettings } from '../phases/settings';
import { formatDuration, unixSeconds } from '../phases/units';
import { runCommand } from './command';
import { readStackSettings } from './stackSettings';
import { stopOnSignals } from './stopOnSignals';

interface Options {
  readonly stack: string;
  readonly once?: true;
}

const command = new Command('sample')
  .description(
    'Asks every Ready pod for its /metrics and keeps the samples on this machine, for canary:source endpoint.',
  )
  .requiredOption('--stack <name>', 'whose settings to use')
  .option('--once', 'one scrape; exit code 0 if every pod answered and every metric was found');

const say = (sentence: string): void => console.log(`${new Date().toISOString()} ${sentence}`);

void runCommand(command, async () => {
  const { stack, once } = command.opts<Options>();
  const settings = parseSettings(readStackSettings(stack, process.env));
  const selectors = allSelectors(settings.metrics);
  const kubectl = kubectlFor(settings, process.env);
  const folder = journalFolder(settings, process.env);
  const lock = lockSamples(folder, hostname(), process.pid);
  const writer = new SampleWriter(folder);
  try {
    const { namespace } = settings;
    const { scrapeInterval } = settings.timing;
    const sampler = new Sampler({
      namespace,
      scrapeInterval,
      selectors,
      listPods: () => readPods(kubectl, settings),
      access: podAccessFor(settings, process.env),
      append: (scrape) => writer.append(scrape),
      clock: () => unixSeconds(Date.now() / 1000),
      say,
    });
    const stopping = stopOnSignals({
      stopping: (signal) => say(`${signal}: stopping after this scrape; a second signal stops at once`),
      forced: lock.release,
    });
    say(`samples go to ${folder}${once ? '' : `, every ${formatDuration(scrapeInterval)}`}`);
    if (settings.source.kind !== 'endpoint') say('canary:source is prometheus: nothing reads these samples yet');
    if (once) return (await sampler.tick()) ? 0 : 1;
    await tickUntil(stopping.signal, sampler, scrapeInterval);
    say('stopped');
    return 0;
  } finally {
    writer.close();
    lock.release();
  }
});
