import { z } from 'zod';
import { optionalSystem, pattern } from './optionalSystem';
import { parseRedisUrl } from './redisUrl';
import { reasonOf } from './userError';

const celeryShape = {
  /** The plan's own. */
  app: z
    .string()
    .regex(/^[A-Za-z_][\w.]*(:[A-Za-z_]\w*)?$/, 'expected a module and its app, such as package.module:app')
    .default('denis_unified_v1.async_min.celery_main:app'),
  /** A name on PATH, or a path. */
  binary: z
    .string()
    .regex(/^[^-\s]\S*$/, 'expected the name or the path of a program')
    .default('celery'),
  /** Where Celery finds the module of the app. @default where the command runs */
  folder: z.string().startsWith('/', 'expected an absolute path').optional(),
  /** URL of the Redis that is Celery's broker. @default `canary:redis` */
  broker: z
    .string()
    .superRefine((value, context) => {
      try {
        parseRedisUrl(value);
      } catch (thrown) {
        context.addIssue({ code: 'custom', message: reasonOf(thrown) });
      }
    })
    .optional(),
  /** The queue of the materializer's jobs. */
  queue: z.string().min(1).default('tools_mut'),
  /** What the name of a materializer's job matches, upper case or lower. */
  tasks: pattern.default('materializ'),
} as const;

/** Celery, and the broker behind it, as far as the verification looks at them. */
export const celerySchema = optionalSystem(celeryShape);
export type CelerySettings = NonNullable<z.output<typeof celerySchema>>;
