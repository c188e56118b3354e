import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { UserError } from '../phases/userError';
import type { PreviewFacts } from '../rollout/previewOutcome';

const DEADLINE_MS = 180_000;
/** Between asking `pulumi` to stop and ending it. */
const GRACE_MS = 10_000;
const GATE = 'promotion-gate';

export interface PreviewOptions {
  /** Folder of the project. */
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** @default 3 minutes */
  readonly deadlineMs?: number;
}

/**
 * Runs `pulumi preview` with the policy pack. It reads the engine's own log of events, because `--json` leaves out what
 * policies say; the log holds live objects, so it lies in a private folder that is removed.
 * @throws UserError `pulumi` when the command is missing
 */
export async function previewStack(stack: string, options: PreviewOptions): Promise<PreviewFacts> {
  const folder = mkdtempSync(path.join(tmpdir(), 'denis-preview-'));
  const log = path.join(folder, 'events');
  try {
    const args = ['preview', '--stack', stack, '--policy-pack', 'policy-pack', '--event-log', log];
    const { code, output } = await run([...args, '--non-interactive', '--color', 'never'], {
      ...options,
      // The provider leaves a kubeconfig with its token in the folder for temporary files.
      env: { ...options.env, PULUMI_DEBUG_COMMANDS: 'true', PULUMI_SKIP_UPDATE_CHECK: 'true', TMPDIR: folder },
    });
    const facts = factsOf(code ?? 1, eventsIn(log));
    if (code === undefined) return { ...facts, errors: [...facts.errors, lateness(options)] };
    // Without events the engine never began: an unknown stack, a wrong passphrase, no backend.
    const silent = code !== 0 && facts.errors.length === 0 && facts.refusals.length === 0;
    return silent ? { ...facts, errors: complaints(output) } : facts;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const lateness = ({ deadlineMs = DEADLINE_MS }: PreviewOptions): string =>
  `pulumi preview did not end within ${deadlineMs / 1000} s`;

/** @returns no code when it was ended for taking too long */
function run(
  args: readonly string[],
  { cwd, env, deadlineMs = DEADLINE_MS }: PreviewOptions,
): Promise<{ code: number | undefined; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn('pulumi', args, { cwd, env, stdio: ['ignore', 'ignore', 'pipe'] });
    let output = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-MOST_OUTPUT);
    });
    let late = false;
    let ending: NodeJS.Timeout | undefined;
    const timer = setTimeout(() => {
      late = true;
      // The engine ends its plugins itself; killed at once it would leave them behind.
      child.kill('SIGINT');
      ending = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
    }, deadlineMs);
    const done = (): void => {
      clearTimeout(timer);
      clearTimeout(ending);
    };
    child.once('error', (error: NodeJS.ErrnoException) => {
      done();
      const missing = new UserError('pulumi', 'pulumi was not found on PATH; install it, version 3.208 or later');
      reject(error.code === 'ENOENT' ? missing : error);
    });
    child.once('close', (code) => {
      done();
      resolve({ code: late ? undefined : (code ?? 1), output });
    });
  });
}

const MOST_OUTPUT = 100_000;
const MOST_COMPLAINTS = 20;

function complaints(output: string): readonly string[] {
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  return lines.length === 0 ? [] : [lines.slice(-MOST_COMPLAINTS).join('\n')];
}

/** The parts that are read of an event; everything else in it may be a live object. */
interface EngineEvent {
  readonly diagnosticEvent?: { readonly severity?: string; readonly message?: string };
  readonly policyEvent?: {
    readonly policyName?: string;
    readonly enforcementLevel?: string;
    readonly message?: string;
  };
  readonly resourcePreEvent?: { readonly metadata?: { readonly op?: string; readonly urn?: string } };
}

/** One event a line; an engine that was ended may leave half a line. */
function eventsIn(file: string): readonly EngineEvent[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw thrown;
  }
  return text.split('\n').flatMap((line) => {
    try {
      return line === '' ? [] : [JSON.parse(line) as EngineEvent];
    } catch {
      return [];
    }
  });
}

function factsOf(code: number, events: readonly EngineEvent[]): PreviewFacts {
  const facts = {
    code,
    refusals: [] as string[],
    violations: [] as string[],
    messages: [] as { severity: 'info' | 'warning'; text: string }[],
    errors: [] as string[],
    operations: [] as string[],
  };
  for (const { diagnosticEvent: said, policyEvent: policy, resourcePreEvent: resource } of events) {
    const severity = said?.severity?.replace(/#err$/, '');
    const text = said?.message?.trimEnd() ?? '';
    if (severity === 'error') facts.errors.push(text);
    if (severity === 'info' || severity === 'warning') facts.messages.push({ severity, text });
    if (policy?.enforcementLevel === 'mandatory') {
      // The first line is the description of the policy.
      const violation = (policy.message ?? '').trimEnd();
      if (policy.policyName === GATE) facts.refusals.push(violation.split('\n').slice(1).join('\n'));
      else facts.violations.push(violation);
    }
    const operation = operationOf(resource?.metadata?.op, resource?.metadata?.urn);
    if (operation !== undefined) facts.operations.push(operation);
  }
  return facts;
}

/** `create kubernetes:core/v1:Secret kill-switch`; nothing for what only groups others, or stays as it is. */
function operationOf(op: string | undefined, urn: string | undefined): string | undefined {
  const [, , types = '', name = ''] = urn?.split('::') ?? [];
  const type = types.split('$').at(-1) ?? '';
  if (op === undefined || ['same', 'refresh', 'read'].includes(op)) return undefined;
  return /^(?:kubernetes|random):/.test(type) ? `${op} ${type} ${name}` : undefined;
}
