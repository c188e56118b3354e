/** The parts of Kubernetes objects that are read here; everything else of them is left alone. */
export interface KubeObject {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly creationTimestamp?: string;
    readonly deletionTimestamp?: string;
    readonly generation?: number;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly {
      readonly kind: string;
      readonly uid: string;
      readonly controller?: boolean;
    }[];
    readonly managedFields?: readonly ManagedFields[];
  };
  readonly data?: Readonly<Record<string, string>>;
}

export interface ManagedFields {
  readonly manager: string;
  readonly operation: string;
  readonly subresource?: string;
  readonly fieldsV1?: Record<string, unknown>;
}

export interface EnvironmentVariable {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: { readonly fieldRef?: { readonly fieldPath?: string } };
}

export interface Container {
  readonly name: string;
  readonly image?: string;
  readonly env?: readonly EnvironmentVariable[];
}

export interface Workload extends KubeObject {
  readonly spec: {
    readonly replicas?: number;
    readonly template: {
      readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> };
      readonly spec: { readonly containers: readonly Container[] };
    };
  };
  readonly status?: {
    readonly readyReplicas?: number;
    readonly observedGeneration?: number;
    readonly updatedReplicas?: number;
  };
}

export type ReplicaSet = KubeObject;

/** Objects in what `kubectl get -o json` printed: a List, one object, or nothing. */
export function objectsIn(stdout: string): readonly KubeObject[] {
  if (stdout.trim() === '') return [];
  const parsed = JSON.parse(stdout) as KubeObject & { items?: readonly KubeObject[] };
  return parsed.items ?? [parsed];
}

/** The one of a kind and a name, if it was found. */
export const objectNamed = (objects: readonly KubeObject[], kind: string, name: string): KubeObject | undefined =>
  objects.find((object) => object.kind === kind && object.metadata.name === name);

export const annotations = (object: {
  readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> };
}): Readonly<Record<string, string>> => object.metadata?.annotations ?? {};

/** UID of the controller that owns an object. */
export const controllerOf = ({ metadata }: KubeObject): string | undefined =>
  metadata.ownerReferences?.find(({ controller }) => controller === true)?.uid;

/** A whole number in an annotation; undefined when it is none. */
export function number(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}
