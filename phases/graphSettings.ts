import { z } from 'zod';
import { optionalSystem } from './optionalSystem';

const GRAPH_URI = /^(neo4j|bolt)(\+s|\+ssc)?:\/\/[^@/?#\s]+$/;

const graphShape = {
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
  /** Whether a graph that is wrong, or that cannot be read, holds canary-50 instead of warning. */
  hard: z.boolean().default(false),
} as const;

/** The graph that the materializers write, read for its integrity. */
export const graphSchema = optionalSystem(graphShape);
export type GraphSettings = NonNullable<z.output<typeof graphSchema>>;
