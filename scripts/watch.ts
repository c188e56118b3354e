import { hostname } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { Command, InvalidArgumentError } from 'commander';
import { recordAction } from '../act/actionEvidence';
import { authorAt } from '../act/author';
import { recordEvidence } from '../act/evidence';
import { killTargets } from '../act/killSwitch/targets';
import { startPage } from '../act/page/index';
import { WatcherMetrics } from '../act/page/metrics';
import { tickUntil } from '../act/tickUntil';
import { Heartbeat } from '../act/watch/heartbeat';
import { Watcher } from '../act/watch/index';
import { Kills } from '../act/watch/kills';
import { News } from '../act/watch/news';
import { isRecorded } from '../act/watch/recorded';
import { phaseOf } from '../observe/gate';
import { journalFolder } from '../observe/journalFolder';
import { kubectlFor } from '../observe/kubectl';
import { parseNotifySettings } from '../phases/notifySettings';
import { parseSettings } from '../phases/settings';
import { seconds, unixSeconds } from '../phases/units';
import { runCommand } from './command';
import { readKillSettings } from './killSettings';
import { CHECKOUT } from './record';
import { readStackSettings } from './stackSettings';
import { stopOnSignals } from './stopOnSignals';
import { tellingOf } from './telling';

interface Options {
  readonly stack: string;
  readonly host: string;
  readonly port: number;
}

/** Not scaled: the plan's probes are started 10 s apart. */
const EVERY = seconds(10);
/** What is still to be told gets this long at the end, and a kill under way its own budget. */
const CLOSE_MS = 5_000;
const KILL_MS = 30_000;

const command = new Command('watch')
  .description(
    'Watches whatever phase is live, every 10 s: fires the rollback rules, kills where the plan says so, and proves by its heartbeat that it is alive. Runs until it is stopped; exit code 0 after a stop, 1 where it could not begin or a kill was not over, 2 usage, 130 after a second signal.',
  )
  .option('--stack <name>', 'whose settings to use', 'canary-1')
  .option('--host <address>', 'where to serve its page, metrics and health', '127.0.0.1')
  .option('--port <number>', 'the same; 0 takes a free one', portIn, 9184);

const say = (sentence: string): void => console.log(`${new Date().toISOString()} ${sentence}`);
// Whoever read the log may be gone: the watcher goes on.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

void runCommand(command, async () => {
  const { stack, host, port } = command.opts<Options>();
  phaseOf(stack);
  const raw = readStackSettings(stack, process.env, { secrets: true });
  const settings = parseSettings(raw);
  const notify = parseNotifySettings(raw, process.env['SLACK_WEBHOOK']);
  const kubectl = kubectlFor(settings, process.env);
  const journal = journalFolder(settings, process.env);
  const holder = `${hostname()}-${process.pid}`;

  const stopping = stopOnSignals({
    stopping: (signal) => say(`${signal}: stopping after this tick; a second signal stops at once`),
  });
  const metrics = new WatcherMetrics();
  const telling = tellingOf(notify, settings, say);
  const kills = new Kills({
    targets: () =>
      killTargets({ ...readKillSettings(stack, process.env), redis: async () => settings.redis }, process.env),
    author: () => ({ ...authorAt(unixSeconds(Date.now() / 1000)), by: `watcher ${holder}` }),
    stack,
    say,
    record: async (action) => {
      const places = { kubectl, cluster: settings, journal, checkout: CHECKOUT };
      for (const failed of await recordAction(action, places, process.env)) say(failed);
    },
    isRecorded: (incident) => isRecorded(journal, incident),
  });
  const heartbeat = new Heartbeat(kubectl, holder, Date.now);
  const news = new News({
    telling,
    kubectl,
    by: `watcher ${holder}`,
    dashboard: settings.grafana,
    page: notify.page,
    machine: hostname(),
    journal,
    view: () => watcher.view(),
    timing: settings.timing,
    clock: Date.now,
    say,
  });
  const watcher: Watcher = new Watcher({
    eyes: { stack, raw, settings, env: process.env, clock: Date.now },
    heartbeat,
    kills,
    metrics,
    tell: (event, { judgement }) => news.tell(event, judgement.kind === 'read' ? judgement.value : undefined),
    record: async (gate) => {
      const failed = await recordEvidence(gate, { by: 'watcher', mode: 'report' }, process.env);
      failed.forEach(say);
    },
    say,
    stopping: stopping.signal,
  });

  const page = await startPage({
    host,
    port,
    view: () => watcher.view(),
    metrics: () => metrics.text(watcher.view()),
    evidence: journal,
    say,
  });
  say(`watching by the settings of ${stack}; page at ${page.url}`);
  await tickUntil(stopping.signal, watcher, EVERY);

  const over = await Promise.race([watcher.idle().then(() => true), pause(KILL_MS, false, { ref: false })]);
  await heartbeat
    .release()
    .catch((thrown: unknown) => say(`the Lease was not given back, it ends by itself: ${thrown}`));
  const lost = await telling.close(CLOSE_MS);
  await Promise.race([news.idle(), pause(CLOSE_MS, undefined, { ref: false })]);
  await page.close();
  say(`stopped${over ? '' : '; a kill was not over'}${lost === 0 ? '' : `; ${lost} messages were not delivered`}`);
  return over ? 0 : 1;
});

function portIn(text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
  throw new InvalidArgumentError('expected a port, 0 to 65535');
}
