import { z } from 'zod';

const switched = (value: unknown): unknown => {
  if (value === 'off' || value === false) return undefined;
  return value === 'on' || value === true ? {} : value;
};

/**
 * A system that the verification looks at only where a setting says so: `off`, `on` with the defaults, or a map of what differs.
 * @returns a schema of what applies; undefined for a system that is off
 */
export const optionalSystem = <T extends z.ZodRawShape>(shape: T) =>
  z.preprocess(
    switched,
    z
      .strictObject(shape, {
        error: ({ code }) => (code === 'invalid_type' ? 'expected on, off, or a map of what differs' : undefined),
      })
      .optional(),
  );

/** A regular expression, as text: what is matched is bounded by whoever reads it. */
export const pattern = z.string().refine((text) => {
  try {
    new RegExp(text, 'i');
    return text !== '';
  } catch {
    return false;
  }
}, 'expected a regular expression');
