import { createServer, type Server } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import type { ApiPod } from './apiPod';
import type { PodLife } from './fleet';
import { answering, listen } from './http';
import { type Log, reasonOf } from './logFile';
import type { PodApi } from './podApi';

export const POD_PORT = 8084;
const RETRY_MS = 200;

/** Listens on the pod's own address while the pod lives; an address that is still taken is tried again. */
export class PodServer implements PodLife {
  readonly started: Promise<void>;
  private readonly server: Server;
  private readonly stopping = new AbortController();

  constructor(
    private readonly pod: ApiPod,
    api: PodApi,
    private readonly log: Log,
  ) {
    this.server = createServer(
      answering(async (request, response) => {
        response.shouldKeepAlive = !this.stopping.signal.aborted;
        await api.handle(pod, request, response);
      }),
    );
    this.started = this.listen();
  }

  stop(): void {
    this.stopping.abort();
    this.server.close();
    this.server.closeIdleConnections();
  }

  private async listen(): Promise<void> {
    const { signal } = this.stopping;
    const { ip } = this.pod.identity;
    let told = false;
    while (!signal.aborted) {
      try {
        await listen(this.server, ip, POD_PORT);
        if (signal.aborted) this.server.close();
        return;
      } catch (error) {
        if (!told) this.log(`${this.pod.name}: ${reasonOf(error)}; trying again`);
        told = true;
        await pause(RETRY_MS, undefined, { signal }).catch(() => {});
      }
    }
  }
}
