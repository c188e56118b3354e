import type { PhaseName } from '../phases/phase';
import type { Settings } from '../phases/settings';
import { journalFolder } from './journalFolder';
import type { FetchedAll, FetchOptions } from './metricsSource';
import { fetchMetrics } from './prometheus';
import { fetchFromJournal } from './sampleJournal';

/** The samples of every metric, from the source that the settings name. */
export function readSeries(
  settings: Settings,
  stack: PhaseName,
  env: NodeJS.ProcessEnv,
  options: FetchOptions,
): Promise<FetchedAll> {
  const { source, metrics, timing } = settings;
  switch (source.kind) {
    case 'prometheus':
      return fetchMetrics(metrics, { ...options, url: source.url, scrapeInterval: timing.scrapeInterval });
    case 'endpoint':
      return fetchFromJournal(metrics, {
        ...options,
        folder: journalFolder(settings, env),
        staleAfter: timing.staleAfter,
        start: `npm run sample -- --stack ${stack}`,
      });
  }
}
