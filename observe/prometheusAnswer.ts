import { z } from 'zod';
import type { RawSeries } from './grouping';
import type { HttpAnswer } from './http';

/** What Prometheus must answer to a range selector. Values are text: NaN and infinities included. */
const schema = z.object({
  status: z.literal('success'),
  /** Said with partial answers, as of a store that did not answer in time. */
  warnings: z.array(z.string()).optional(),
  data: z.object({
    resultType: z.literal('matrix'),
    result: z.array(
      z.object({ metric: z.record(z.string(), z.string()), values: z.array(z.tuple([z.number(), z.string()])) }),
    ),
  }),
});

/**
 * The series in an answer of Prometheus' HTTP API to a range selector.
 * @throws Error with one sentence when it is no whole answer
 */
export function seriesInAnswer({ status, contentType, body }: HttpAnswer): RawSeries[] {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    const type = contentType.split(';')[0] || 'no content type';
    throw new Error(
      `answered ${status} with ${type}, not JSON; is canary:prometheus its address, and is no login page in between?`,
    );
  }
  const parsed = schema.safeParse(json);
  if (!parsed.success) throw new Error(complaintIn(json, status));
  const [warning] = parsed.data.warnings ?? [];
  if (warning !== undefined) throw new Error(`it warns that its answer may be partial: ${warning.slice(0, 300)}`);
  return parsed.data.data.result.map(({ metric, values }) => ({
    labels: new Map(Object.entries(metric)),
    times: values.map(([time]) => time),
    values: values.map(([, text]) => (text === '' ? Number.NaN : Number(text))),
  }));
}

/** Prometheus' own words where there are some. */
function complaintIn(body: unknown, status: number): string {
  const { error, errorType } = (body ?? {}) as { error?: unknown; errorType?: unknown };
  if (typeof error === 'string') return `answered ${status} (${String(errorType)}): ${error.slice(0, 300)}`;
  return `answered ${status} with JSON of another form than that of its HTTP API`;
}
