import * as pulumi from '@pulumi/pulumi';

/** One resource as the program registered it with the engine. */
export interface Registration {
  readonly type: string;
  readonly name: string;
  readonly inputs: Record<string, unknown>;
  /** Name of the parent; empty for a child of the stack. */
  readonly parent: string;
  /** Names of the resources it waits for. */
  readonly dependsOn: readonly string[];
  readonly retainOnDelete: boolean;
  readonly secretOutputs: readonly string[];
}

/** What is read of the engine's request beside the resource itself; the mocks do not hand it over. */
interface Request {
  getName(): string;
  getType(): string;
  getParent(): string;
  getDependenciesList(): string[];
  getRetainondelete(): boolean;
  getAdditionalsecretoutputsList(): string[];
}

const nameIn = (urn: string): string => urn.split('::').at(-1) ?? '';

export interface Engine {
  readonly stack?: string;
  readonly preview?: boolean;
  readonly config?: Record<string, string>;
}

/** Runs a program against a pretended engine. @returns all it registered but the stack itself, in order */
export async function registrationsOf(
  program: () => unknown,
  { stack = 'canary-10', preview = false, config = {} }: Engine = {},
): Promise<Registration[]> {
  const registered: Registration[] = [];
  const inputs = new Map<string, Record<string, unknown>>();
  const mocks: pulumi.runtime.Mocks = {
    newResource: ({ type, name, inputs: given }) => {
      inputs.set(`${type} ${name}`, given);
      return {
        id: `${name}-id`,
        state: { ...given, ...(type.endsWith(':RandomPassword') ? { result: 'made at random' } : {}) },
      };
    },
    call: ({ inputs: given }) => given,
  };
  await pulumi.runtime.setMocks(mocks, 'denis-canary', stack, preview);
  pulumi.runtime.setAllConfig(config);
  const monitor = pulumi.runtime.getMonitor() as unknown as {
    registerResource(request: Request, callback: unknown): Promise<void>;
  };
  const register = monitor.registerResource.bind(monitor);
  monitor.registerResource = async (request, callback) => {
    await register(request, callback);
    registered.push({
      type: request.getType(),
      name: request.getName(),
      inputs: inputs.get(`${request.getType()} ${request.getName()}`) ?? {},
      parent: nameIn(request.getParent()),
      dependsOn: request.getDependenciesList().map(nameIn),
      retainOnDelete: request.getRetainondelete(),
      secretOutputs: request.getAdditionalsecretoutputsList(),
    });
  };
  try {
    await program();
  } finally {
    await pulumi.runtime.disconnect(false);
  }
  return registered.filter(({ type }) => type !== 'pulumi:pulumi:Stack');
}

/** The one registration of a type. */
export function only(registered: readonly Registration[], type: string): Registration {
  const found = registered.filter((one) => one.type === type);
  if (found.length !== 1) throw new Error(`${found.length} registrations of ${type}`);
  return found[0]!;
}

/** Whether a list lies anywhere in a value. */
export function holdsList(value: unknown): boolean {
  if (Array.isArray(value)) return true;
  return typeof value === 'object' && value !== null && Object.values(value).some(holdsList);
}
