import { VARIABLES } from '../phases/names';

/** What the team's own manifest must change before its Deployment can be adopted. */
export interface ManifestChange {
  /** Variables that the last applied manifest gives a value; they must be taken out of it. */
  readonly remove: readonly string[];
}

/**
 * Reads `kubectl.kubernetes.io/last-applied-configuration`: a manifest that still gives one of the two variables a value
 * would fail to apply once they are wired (both `value` and `valueFrom`), or undo the wiring.
 * @param lastApplied the annotation's text; undefined when the Deployment was never applied client-side
 */
export function manifestChange(lastApplied: string | undefined, container: string): ManifestChange | undefined {
  if (lastApplied === undefined) return undefined;
  let manifest: Manifest;
  try {
    manifest = JSON.parse(lastApplied) as Manifest;
  } catch {
    return undefined;
  }
  const containers = manifest.spec?.template?.spec?.containers ?? [];
  const env = containers.find(({ name }) => name === container)?.env ?? [];
  const remove = env
    .filter(({ name, valueFrom }) => (name === VARIABLES.pct || name === VARIABLES.enabled) && valueFrom === undefined)
    .map(({ name }) => name ?? '');
  return remove.length === 0 ? undefined : { remove };
}

/** Whether the last applied manifest sets the number of replicas, so that the next apply would lower the workers. */
export function setsReplicas(lastApplied: string | undefined): boolean {
  try {
    return (JSON.parse(lastApplied ?? '{}') as Manifest).spec?.replicas !== undefined;
  } catch {
    return false;
  }
}

interface Manifest {
  readonly spec?: {
    readonly replicas?: number;
    readonly template?: {
      readonly spec?: {
        readonly containers?: readonly {
          readonly name?: string;
          readonly env?: readonly { readonly name?: string; readonly valueFrom?: unknown }[];
        }[];
      };
    };
  };
}
