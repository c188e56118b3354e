import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import type { ApiPod } from './apiPod';
import type { Chats } from './chats';
import { HttpError, pathOf, readJson, sendJson, sendText } from './http';
import type { GaugeFacts } from './metrics';
import type { Effects } from './scenario';

const FEATURE = 'materializers';

const chatSchema = z.object({ message: z.string(), user_id: z.string().min(1) });

export interface PodApiParts {
  chats: Chats;
  effects: (pod: string) => Effects;
  gaugeFacts: (pod: ApiPod) => GaugeFacts;
  /** Of Secret `denis-kill-switch`; undefined while there is none. */
  token: () => string | undefined;
}

/** What one pod of Denis answers, whether it is asked on its own address or through the front. */
export class PodApi {
  constructor(private readonly parts: PodApiParts) {}

  async handle(pod: ApiPod, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = pathOf(request);
    const route = `${request.method} ${path}`;
    switch (route) {
      case 'POST /chat':
        return await this.chat(pod, request, response);
      case 'GET /metrics': {
        const text = await pod.metrics.render(this.parts.gaugeFacts(pod));
        return sendText(response, 200, pod.metrics.contentType, text);
      }
      case 'GET /healthz':
        return sendText(response, 200, 'text/plain', 'ok\n');
      case 'GET /internal/decision_trace/stats':
        return sendJson(response, 200, { writes: pod.traceWrites, write_success_rate: pod.traceSuccessRate });
      case `GET /internal/kill-switch/${FEATURE}`:
      case `POST /internal/kill-switch/${FEATURE}`:
        this.authorize(request);
        request.resume();
        if (request.method === 'POST') pod.kill(new Date());
        return sendJson(response, 200, {
          feature: FEATURE,
          killed: pod.killedSince !== undefined,
          since: pod.killedSince?.toISOString() ?? null,
        });
      default:
        throw new HttpError(404, `no ${route}`);
    }
  }

  private async chat(pod: ApiPod, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readJson(request).catch((error: HttpError) => {
      pod.metrics.request(error.status ?? 400);
      throw error;
    });
    const parsed = chatSchema.safeParse(body);
    if (!parsed.success) {
      pod.metrics.request(400);
      throw new HttpError(400, `expected {"message", "user_id"}: ${z.prettifyError(parsed.error)}`);
    }
    if (this.parts.effects(pod.name).chatDown) {
      pod.metrics.request(503);
      throw new HttpError(503, 'the chat is down');
    }
    const path = this.parts.chats.serve(pod, parsed.data.user_id);
    sendJson(response, 200, { reply: `Hello, ${parsed.data.user_id}.`, pod: pod.name, path });
  }

  private authorize({ headers }: IncomingMessage): void {
    const token = this.parts.token();
    if (token === undefined) return;
    const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
    if (timingSafeEqual(digest(headers.authorization ?? ''), digest(`Bearer ${token}`))) return;
    throw new HttpError(401, 'expected the bearer token of Secret denis-kill-switch');
  }
}
