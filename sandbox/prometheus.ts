import { stringify } from 'yaml';
import type { AddressBlock } from './addressBlock';
import { apiServerUrl } from './apiServer';
import type { ProcessSpec } from './process';
import { type StateFolder, writePrivate } from './stateFolder';
import type { Tokens } from './users';
import { waitFor } from './waitFor';

export const SCRAPE_INTERVAL = '1s';

export function prometheusUrl({ ports }: AddressBlock): string {
  return `http://127.0.0.1:${ports.prometheus}`;
}

export function prometheus(
  folder: StateFolder,
  block: AddressBlock,
  certificateAuthorityFile: string,
  tokens: Tokens,
): ProcessSpec {
  const tokenFile = folder.file('prometheus.token');
  const configFile = folder.file('prometheus.yaml');
  writePrivate(tokenFile, tokens['sandbox-prometheus']);
  writePrivate(configFile, stringify(config(apiServerUrl(block), certificateAuthorityFile, tokenFile)));
  return {
    name: 'prometheus',
    command: 'prometheus',
    args: [
      `--config.file=${configFile}`,
      `--storage.tsdb.path=${folder.prometheus}`,
      `--web.listen-address=127.0.0.1:${block.ports.prometheus}`,
      // A new pod is scraped from its first seconds on; the default of 5 s would miss most of a shortened window.
      '--scrape.discovery-reload-interval=1s',
    ],
    ready: async (signal) => {
      const probe = async (): Promise<true | undefined> => {
        const answer = await fetch(`${prometheusUrl(block)}/-/ready`, { signal: AbortSignal.timeout(2_000) });
        return answer.ok ? true : undefined;
      };
      await waitFor(probe, { what: `prometheus at ${prometheusUrl(block)}/-/ready`, deadlineMs: 15_000, signal });
    },
    stopSignal: 'SIGTERM',
  };
}

function config(server: string, certificateAuthorityFile: string, tokenFile: string): unknown {
  return {
    global: { scrape_interval: SCRAPE_INTERVAL, scrape_timeout: '900ms' },
    scrape_configs: [
      {
        job_name: 'denis',
        kubernetes_sd_configs: [
          {
            role: 'pod',
            api_server: server,
            authorization: { credentials_file: tokenFile },
            tls_config: { ca_file: certificateAuthorityFile },
            namespaces: { names: ['denis'] },
          },
        ],
        relabel_configs: [
          { action: 'keep', source_labels: ['__meta_kubernetes_pod_label_app'], regex: 'denis' },
          { action: 'keep', source_labels: ['__meta_kubernetes_pod_phase'], regex: 'Running' },
          { action: 'keep', source_labels: ['__meta_kubernetes_pod_ready'], regex: 'true' },
          { source_labels: ['__meta_kubernetes_pod_ip'], target_label: '__address__', replacement: '$1:8084' },
          { source_labels: ['__meta_kubernetes_pod_name'], target_label: 'pod' },
          { source_labels: ['__meta_kubernetes_namespace'], target_label: 'namespace' },
          { source_labels: ['__meta_kubernetes_pod_label_app'], target_label: 'app' },
        ],
      },
    ],
  };
}
