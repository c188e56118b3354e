import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Fleet } from './fleet';
import { answering, HttpError, pathOf, readJson, sendJson } from './http';
import type { PodApi } from './podApi';
import { parseScenario, type ScenarioRequest } from './scenario';

export interface FrontParts {
  fleet: Fleet;
  api: PodApi;
  /** What `GET /sandbox/scenario` says. */
  scenario: () => unknown;
  /** @throws HttpError when the scenario cannot be had now */
  setScenario: (request: ScenarioRequest) => Promise<void>;
  /** What `GET /sandbox/state` says. */
  state: () => unknown;
}

/** Spreads over the Ready pods, as a Service would; `/sandbox/*` is the sandbox's own. */
export function createFront(parts: FrontParts): Server {
  return createServer(
    answering(async (request, response) => {
      if (pathOf(request).startsWith('/sandbox/')) return await sandbox(parts, request, response);
      const pod = parts.fleet.nextReady();
      if (pod === undefined) throw new HttpError(503, 'no pod of Denis is Ready');
      await parts.api.handle(pod, request, response);
    }),
  );
}

async function sandbox(parts: FrontParts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const route = `${request.method} ${pathOf(request)}`;
  switch (route) {
    case 'GET /sandbox/state':
      return sendJson(response, 200, parts.state());
    case 'PUT /sandbox/scenario':
      await parts.setScenario(scenarioIn(await readJson(request)));
      return sendJson(response, 200, parts.scenario());
    case 'GET /sandbox/scenario':
      return sendJson(response, 200, parts.scenario());
    default:
      throw new HttpError(404, `no ${route}; there are GET and PUT /sandbox/scenario, GET /sandbox/state`);
  }
}

function scenarioIn(body: unknown): ScenarioRequest {
  try {
    return parseScenario(body);
  } catch (error) {
    throw new HttpError(400, (error as Error).message);
  }
}
