import type { KubePod } from '../../../../sandbox/denis/podWatch';

/** Loopback addresses that no other test process and no sandbox uses. */
export function addressOf(index: number): string {
  return `127.${200 + (process.pid % 50)}.${1 + (Math.floor(process.pid / 50) % 250)}.${index}`;
}

export function apiPod(index: number, annotations: Record<string, string>, ready = true): KubePod {
  const variable = (name: string, annotation: string) => ({
    name,
    valueFrom: { fieldRef: { fieldPath: `metadata.annotations['canary.denis.run/${annotation}']` } },
  });
  return {
    metadata: { name: `denis-${index}`, uid: `uid-${index}`, labels: { app: 'denis' }, annotations },
    spec: {
      containers: [
        { name: 'sidecar', env: [] },
        {
          name: 'denis',
          env: [variable('DENIS_MATERIALIZERS_PCT', 'pct'), variable('DENIS_MATERIALIZERS_ENABLED', 'enabled')],
        },
      ],
    },
    status: {
      phase: 'Running',
      podIP: addressOf(index),
      conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
    },
  };
}

export function exposed(pct: number, enabled = true): Record<string, string> {
  return { 'canary.denis.run/pct': String(pct), 'canary.denis.run/enabled': String(enabled) };
}

export function workerPod(index: number): KubePod {
  return {
    metadata: { name: `denis-workers-${index}`, uid: `worker-${index}`, labels: { app: 'denis-workers' } },
    spec: { containers: [{ name: 'worker' }] },
    status: {
      phase: 'Running',
      podIP: addressOf(100 + index),
      conditions: [{ type: 'Ready', status: 'True' }],
      containerStatuses: [
        { name: 'worker', restartCount: 2, state: { running: { startedAt: '2026-01-01T00:00:00Z' } } },
      ],
    },
  };
}
