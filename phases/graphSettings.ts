import { z } from 'zod';

const GRAPH_URI = /^(neo4j|bolt)(\+s|\+ssc)?:\/\/[^@/?#\s]+$/;

const shape = z.strictObject({
  /** Where Neo4j is; user and password never stand here. NEO4J_URI goes before it. */
  uri: z.string().regex(GRAPH_URI, 'expected neo4j://host or bolt://host, without user and password').optional(),
  /** Secret of `canary:namespace` with the keys NEO4J_USER and NEO4J_PASSWORD, and NEO4J_URI where no `uri` is set. */
  secret: z
    .string()
    .regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/, 'expected the name of a Secret')
    .optional(),
  /** @default the user's own */
  database: z.string().min(1).optional(),
  /** Percent by which nodes and succeeded jobs of the last hour may differ. */
  tolerance: z.number().min(0).max(100).default(10),
});

export type GraphSettings = z.output<typeof shape>;

/** YAML 1.1 reads the word off as false. */
export const graphSchema = z
  .preprocess((value) => (value === 'off' || value === false ? undefined : value), shape.optional())
  .transform((value): GraphSettings | 'off' => value ?? 'off');
