import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { evidencePage } from '../../rollout/page/evidencePage';
import { livelinessOf, type WatchView } from '../../rollout/page/view';
import { watchPage } from '../../rollout/page/watchPage';
import { EVIDENCE_FILE } from '../journal';
import { newestDigest } from '../watch/digestFile';
import { newestLines } from './newestLines';

/** What the page is made of, asked for anew with every request. */
export interface PageSource {
  readonly view: () => WatchView;
  /** In the text format of Prometheus. */
  readonly metrics: () => Promise<string>;
  /** Folder of the journal; nothing of it is served but the evidence and the newest digest. */
  readonly evidence: string;
}

export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string | Buffer;
}

/** Bytes of the evidence that are served at most; a record is some tens of thousands. */
export const EVIDENCE_MOST = 4 * 1024 * 1024;
const LISTED_MOST = 1024 * 1024;

const plain = (status: number, sentence: string): Answer => ({
  status,
  type: 'text/plain; charset=utf-8',
  body: `${sentence}\n`,
});
const page = (body: string): Answer => ({ status: 200, type: 'text/html; charset=utf-8', body });

type Route = (source: PageSource, query: string) => Answer | Promise<Answer>;

/** Every path there is. They are compared as they come: nothing in one is ever part of the name of a file. */
export const ROUTES: ReadonlyMap<string, Route> = new Map<string, Route>([
  ['/', ({ view }, query) => page(watchPage(view(), { still: query === 'still' }))],
  [
    '/healthz',
    ({ view }) => {
      const { alive, sentence } = livelinessOf(view());
      return plain(alive ? 200 : 503, sentence);
    },
  ],
  [
    '/metrics',
    async ({ metrics }) => ({ status: 200, type: 'text/plain; version=0.0.4; charset=utf-8', body: await metrics() }),
  ],
  [
    '/evidence',
    async ({ evidence }) => {
      const lines = await newestLines(path.join(evidence, EVIDENCE_FILE), LISTED_MOST);
      return page(evidencePage(lines?.toString('utf8').split('\n')));
    },
  ],
  [
    '/evidence.jsonl',
    async ({ evidence }) => {
      const body = await newestLines(path.join(evidence, EVIDENCE_FILE), EVIDENCE_MOST);
      return body === undefined
        ? plain(404, 'there is no evidence yet')
        : { status: 200, type: 'application/x-ndjson; charset=utf-8', body };
    },
  ],
  [
    '/digest.svg',
    async ({ evidence }) => {
      const newest = newestDigest(evidence);
      return newest === undefined
        ? plain(404, 'there is no digest yet: the first comes 8 h after canary-100 went live')
        : { status: 200, type: 'image/svg+xml; charset=utf-8', body: await readFile(newest) };
    },
  ],
]);

/** The answer to one request. @param target path and query as they came */
export function answerTo(method: string | undefined, target: string, source: PageSource): Answer | Promise<Answer> {
  if (method !== 'GET' && method !== 'HEAD') return plain(405, 'this server only shows: GET and HEAD');
  const [pathname = '', query = ''] = target.split('?', 2);
  const route = ROUTES.get(pathname);
  return route === undefined ? plain(404, 'there is no such page') : route(source, query);
}
