import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { previewStack } from '../../observe/preview';
import { UserError } from '../../phases/userError';
import { runs, type StandIn, standIn } from './support/standIn';

/** An event of the engine's log, as `pulumi` writes it. */
const event = (content: object): string => JSON.stringify({ sequence: 1, timestamp: 1, ...content });
const said = (severity: string, message: string): string =>
  event({ diagnosticEvent: { severity, message, color: 'never' } });
const violated = (policyName: string, message: string, enforcementLevel = 'mandatory'): string =>
  event({ policyEvent: { policyName, message, enforcementLevel, policyPackName: 'denis-canary' } });
const planned = (op: string, type: string, name: string): string =>
  event({
    resourcePreEvent: {
      metadata: { op, urn: `urn:pulumi:base::denis-canary::${type}::${name}`, new: { inputs: { password: 'live' } } },
    },
  });

describe('previewStack', function () {
  this.timeout(20_000);
  const made: StandIn[] = [];
  afterEach(() => {
    for (const one of made.splice(0)) one.remove();
  });

  /** A `pulumi` that writes this log to where it is told, then does what the script says. */
  function pulumi(events: readonly string[], script = ''): StandIn {
    const find = 'while [ "$1" != --event-log ]; do shift; done';
    const write = `cat > "$2" <<'EVENTS'\n${events.join('\n')}\nEVENTS`;
    const one = standIn('pulumi', `printf "%s\\n" "$@" > "$FOLDER/arguments"; ${find}\n${write}\n${script}`);
    made.push(one);
    return one;
  }
  const preview = ({ env, folder }: StandIn, deadlineMs?: number) =>
    previewStack('canary-1', { cwd: folder, env, ...(deadlineMs === undefined ? {} : { deadlineMs }) });

  it('asks for a preview with the pack, and for a log of events in a folder that is removed', async () => {
    const one = pulumi([], 'echo "$TMPDIR $PULUMI_DEBUG_COMMANDS" > "$FOLDER/environment"; pwd > "$FOLDER/cwd"');
    await preview(one);
    const args = one.written('arguments').trimEnd().split('\n');
    assert.deepEqual(args.slice(0, 6), [
      'preview',
      '--stack',
      'canary-1',
      '--policy-pack',
      'policy-pack',
      '--event-log',
    ]);
    assert.deepEqual(args.slice(7), ['--non-interactive', '--color', 'never']);
    const [folder = '', debug] = one.written('environment').trimEnd().split(' ');
    assert.equal(debug, 'true');
    assert.ok(args[6]!.startsWith(`${folder}/`), 'what the provider leaves lies there too');
    assert.ok(!existsSync(folder));
  });

  it('tells what gate, program and engine said, and what would be done to which resource', async () => {
    const facts = await preview(
      pulumi(
        [
          said('debug', 'not of interest'),
          violated('promotion-gate', 'What the policy is for.\ncanary-1   HOLD   why\n  refused: more\n'),
          violated('another', 'What that is for.\nno'),
          violated('a hint', 'x\ny', 'advisory'),
          said('info', 'a report\n  change: x\n'),
          said('info#err', 'from standard error'),
          said('warning', 'careful\n'),
          said('error', 'preview failed\n'),
          planned('create', 'denis:canary:Base$kubernetes:core/v1:Secret', 'kill-switch'),
          planned('same', 'kubernetes:rbac.authorization.k8s.io/v1:Role', 'up'),
          planned('update', 'pulumi:providers:kubernetes', 'cluster'),
          planned('create', 'denis:canary:Base', 'base'),
          planned('delete', 'random:index/randomPassword:RandomPassword', 'token'),
        ],
        'exit 255',
      ),
    );
    assert.deepEqual(facts, {
      code: 255,
      refusals: ['canary-1   HOLD   why\n  refused: more'],
      violations: ['What that is for.\nno'],
      messages: [
        { severity: 'info', text: 'a report\n  change: x' },
        { severity: 'info', text: 'from standard error' },
        { severity: 'warning', text: 'careful' },
      ],
      errors: ['preview failed'],
      operations: [
        'create kubernetes:core/v1:Secret kill-switch',
        'delete random:index/randomPassword:RandomPassword token',
      ],
    });
  });

  it('tells what pulumi complained about when the engine never began', async () => {
    const one = standIn('pulumi', 'echo "error: no stack named canary-1 found" >&2; exit 255');
    made.push(one);
    const { code, errors } = await preview(one);
    assert.deepEqual([code, errors], [255, ['error: no stack named canary-1 found']]);
  });

  it('does not mind the half line of an engine that was ended', async () => {
    const { errors } = await preview(pulumi([said('error', 'boom'), '{"sequence":2,"diagn'], 'exit 1'));
    assert.deepEqual(errors, ['boom']);
  });

  it('ends a preview that takes too long, and says so', async () => {
    const one = pulumi([said('info', 'begun')], 'echo $$ > "$FOLDER/pid"; exec sleep 60');
    const { code, errors, messages } = await preview(one, 500);
    assert.equal(code, 1);
    assert.deepEqual(errors, ['pulumi preview did not end within 0.5 s']);
    assert.equal(messages.length, 1);
    assert.equal(runs(Number(one.written('pid'))), false);
  });

  it('says what to install when pulumi is missing', async () => {
    const missing = previewStack('canary-1', { cwd: '/', env: { PATH: '/nonexistent' } });
    await assert.rejects(missing, (thrown: unknown) => {
      assert.ok(thrown instanceof UserError);
      assert.match(thrown.message, /^pulumi was not found on PATH; install it/);
      return true;
    });
  });
});
