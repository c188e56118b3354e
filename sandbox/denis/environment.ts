/** The parts of a pod that its environment is made of, as the API server writes them. */
export interface PodSource {
  metadata: {
    name: string;
    namespace?: string;
    uid?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
  };
  spec?: { nodeName?: string; serviceAccountName?: string };
  status?: { podIP?: string; hostIP?: string };
}

export interface EnvVar {
  name: string;
  value?: string;
  valueFrom?: { fieldRef?: { fieldPath: string } };
}

/**
 * The environment that a container of this pod starts with. References to Secrets, ConfigMaps and resource fields
 * are left out: Denis's two variables never come from there in the sandbox.
 */
export function resolveEnvironment(pod: PodSource, variables: readonly EnvVar[]): Map<string, string> {
  const environment = new Map<string, string>();
  for (const { name, value, valueFrom } of variables) {
    const path = valueFrom?.fieldRef?.fieldPath;
    if (path !== undefined) environment.set(name, fieldOf(pod, path));
    else if (valueFrom === undefined) environment.set(name, expand(value ?? '', environment));
  }
  return environment;
}

/** A missing annotation or label gives the empty text, as the kubelet does. */
function fieldOf(pod: PodSource, path: string): string {
  const keyed = /^metadata\.(annotations|labels)\['(.+)'\]$/.exec(path);
  if (keyed) return pod.metadata[keyed[1] as 'annotations' | 'labels']?.[keyed[2]!] ?? '';
  const fields: Record<string, string | undefined> = {
    'metadata.name': pod.metadata.name,
    'metadata.namespace': pod.metadata.namespace,
    'metadata.uid': pod.metadata.uid,
    'spec.nodeName': pod.spec?.nodeName,
    'spec.serviceAccountName': pod.spec?.serviceAccountName,
    'status.podIP': pod.status?.podIP,
    'status.hostIP': pod.status?.hostIP,
  };
  return fields[path] ?? '';
}

/** `$(NAME)` of an earlier variable is replaced, an unknown one stays, `$$` escapes a dollar. */
function expand(text: string, earlier: ReadonlyMap<string, string>): string {
  return text.replace(/\$\$|\$\(([^()]+)\)/g, (whole, name: string | undefined) =>
    name === undefined ? '$' : (earlier.get(name) ?? whole),
  );
}
