import { ANNOTATIONS, VARIABLES } from '../phases/names';
import type { Exposure, Wiring } from '../rollout/cluster';
import type { Container, EnvironmentVariable } from './kubeObjects';

/** How the two variables read their annotations, by the downward API. */
export const fieldPathOf = (key: 'pct' | 'enabled'): string => `metadata.annotations['${ANNOTATIONS[key]}']`;

export const containerNamed = (
  spec: { readonly containers: readonly Container[] },
  name: string,
): Container | undefined => spec.containers.find((container) => container.name === name);

/** How a container gets the two variables. */
export function wiringOf(container: Container | undefined): { pct: Wiring; enabled: Wiring } {
  return { pct: wiringOfOne(container, 'pct'), enabled: wiringOfOne(container, 'enabled') };
}

function wiringOfOne(container: Container | undefined, key: 'pct' | 'enabled'): Wiring {
  const variable = variableOf(container, key);
  if (variable === undefined) return { kind: 'absent' };
  const path = variable.valueFrom?.fieldRef?.fieldPath;
  if (path === fieldPathOf(key)) return { kind: 'wired' };
  if (variable.valueFrom !== undefined)
    return { kind: 'other', source: path ?? Object.keys(variable.valueFrom).join(', ') };
  return { kind: 'explicit', value: variable.value ?? '' };
}

/** The last one of a name wins, as in the kubelet. */
function variableOf(container: Container | undefined, key: 'pct' | 'enabled'): EnvironmentVariable | undefined {
  return container?.env?.findLast(({ name }) => name === VARIABLES[key]);
}

/**
 * What a container really serves with these annotations: an explicit value beats what the stack declares.
 * A variable that is not set serves nothing; one that cannot be read here is undefined, and so are both without the container.
 */
export function exposureOf(container: Container | undefined, notes: Readonly<Record<string, string>>): Exposure {
  if (container === undefined) return { pct: undefined, enabled: undefined };
  const pct = textOf(wiringOfOne(container, 'pct'), notes[ANNOTATIONS.pct]);
  const enabled = textOf(wiringOfOne(container, 'enabled'), notes[ANNOTATIONS.enabled]);
  return {
    pct: pct === undefined ? undefined : percentIn(pct),
    enabled: enabled === undefined ? undefined : enabled === 'true',
  };
}

function textOf(wiring: Wiring, annotation: string | undefined): string | undefined {
  switch (wiring.kind) {
    case 'wired':
      return annotation ?? '';
    case 'explicit':
      return wiring.value;
    case 'absent':
      return '';
    case 'other':
      return undefined;
  }
}

/** An empty percentage is 0; any other text that is no number from 0 to 100 cannot be known. */
function percentIn(text: string): number | undefined {
  if (text.trim() === '') return 0;
  const value = Number(text);
  return Number.isFinite(value) && value >= 0 && value <= 100 ? value : undefined;
}
