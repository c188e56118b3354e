import { BASE_STACK } from '../phases/names';
import { PHASE_NAMES } from '../phases/phase';

/** Every stack, in the order in which they are brought up. */
export const STACK_NAMES = [BASE_STACK, ...PHASE_NAMES] as const;
export type StackName = (typeof STACK_NAMES)[number];

/** What no stack depends on. Anything not named here counts as code, so that a new folder is never left out of a preview. */
const WITHOUT_EFFECT: readonly RegExp[] = [
  /^(docs|test|sandbox|bench|\.ci)\//,
  /^[^/]+\.md$/,
  /^(\.gitignore|\.mocharc\.json|biome\.json|eslint\.config\.js)$/,
];

/**
 * The stacks that a change concerns: a settings file its own stack, code of any kind all of them.
 * @param files paths from the root of the repository, with `/`; of a renamed file both
 */
export function changedStacks(files: readonly string[]): readonly StackName[] {
  const settingsOf = (file: string): StackName | undefined =>
    STACK_NAMES.find((stack) => file === `Pulumi.${stack}.yaml`);
  const withEffect = files.filter((file) => !WITHOUT_EFFECT.some((pattern) => pattern.test(file)));
  if (withEffect.some((file) => settingsOf(file) === undefined)) return STACK_NAMES;
  return STACK_NAMES.filter((stack) => withEffect.some((file) => settingsOf(file) === stack));
}
