import assert from 'node:assert/strict';
import { complaint, kubectlFor } from '../../observe/kubectl';
import { UserError } from '../../phases/userError';
import { waitFor } from '../../sandbox/waitFor';
import { runs, type StandIn, standIn } from './support/standIn';

const CLUSTER = { context: 'the context', namespace: 'denis' };

describe('kubectlFor', function () {
  this.timeout(20_000);
  const made: StandIn[] = [];
  const program = (script: string): StandIn => {
    const one = standIn('kubectl', script);
    made.push(one);
    return one;
  };
  afterEach(() => {
    for (const one of made.splice(0)) one.remove();
  });

  it('hands context, namespace and time-out over before the arguments, each as one, through no shell', async () => {
    const { env, written } = program('printf "%s\\n" "$@" > "$FOLDER/arguments"');
    await kubectlFor(CLUSTER, env)(['get', 'pods', '$(touch here); echo']);
    assert.deepEqual(written('arguments').trimEnd().split('\n'), [
      '--context=the context',
      '--namespace=denis',
      '--request-timeout=5s',
      'get',
      'pods',
      '$(touch here); echo',
    ]);
  });

  it('runs in the environment it was given: the kubeconfig is the one of that environment', async () => {
    const { env } = program('printf %s "$KUBECONFIG"');
    const { stdout } = await kubectlFor(CLUSTER, { ...env, KUBECONFIG: '/somewhere/config' })(['config', 'view']);
    assert.equal(stdout, '/somewhere/config');
  });

  it('resolves whatever the exit code is, with both outputs', async () => {
    const { env } = program('cat; echo out; echo err >&2; exit 3');
    assert.deepEqual(await kubectlFor(CLUSTER, env)(['get'], { input: 'in\n' }), {
      code: 3,
      stdout: 'in\nout\n',
      stderr: 'err\n',
    });
  });

  it('does not mind a command that leaves its input unread', async () => {
    const { env } = program('exec <&-; exit 0');
    const { code } = await kubectlFor(CLUSTER, env)(['get'], { input: 'x'.repeat(1_000_000) });
    assert.equal(code, 0);
  });

  it('says what to install when the command is missing', async () => {
    await assert.rejects(kubectlFor(CLUSTER, { PATH: '/nonexistent' })(['get']), (thrown: unknown) => {
      assert.ok(thrown instanceof UserError);
      assert.equal(thrown.code, 'kubectl');
      assert.equal(thrown.message, 'kubectl was not found on PATH; install it, version 1.33 or later');
      return true;
    });
  });

  it('kills a command that takes longer than 8 s, and says what was asked of whom', async () => {
    const { env, written } = program('echo $$ > "$FOLDER/pid"; exec sleep 60');
    const started = performance.now();
    await assert.rejects(kubectlFor(CLUSTER, env)(['get', 'pods']), (thrown: unknown) => {
      assert.ok(thrown instanceof UserError);
      assert.equal(
        thrown.message,
        'kubectl get gave no answer within 8 s from context the context; check the network and the API server',
      );
      return true;
    });
    const took = performance.now() - started;
    assert.ok(took >= 7_900 && took < 10_000, `${took} ms`);
    assert.equal(runs(Number(written('pid'))), false);
  });

  it('says which signal ended the command', async () => {
    const { env } = program('kill -INT $$');
    await assert.rejects(
      kubectlFor(CLUSTER, env)(['get', 'pods']),
      new UserError('kubectl', 'kubectl get was ended by SIGINT'),
    );
  });

  it('ends the command with its caller', async () => {
    const { env, written } = program('echo $$ > "$FOLDER/pid"; exec sleep 60');
    const caller = new AbortController();
    const call = kubectlFor(CLUSTER, env)(['get', 'pods'], { signal: caller.signal });
    const rejected = assert.rejects(call, /aborted/);
    const pid = await waitFor(async () => Number(written('pid')) || undefined, {
      what: 'the command',
      deadlineMs: 5_000,
    });
    caller.abort();
    await rejected;
    await waitFor(async () => (runs(pid) ? undefined : true), { what: 'the command to end', deadlineMs: 5_000 });
  });
});

describe('complaint', () => {
  const of = (stderr: string, code = 1): string => complaint({ stderr, code, stdout: '' });

  it('is the last line, without the prefixes of kubectl', () => {
    assert.equal(of('Warning: old\nError from server (Forbidden): pods is forbidden\n\n'), 'pods is forbidden');
    assert.equal(of('Error from server: no\n'), 'no');
    assert.equal(of('error: context "x" does not exist\n'), 'context "x" does not exist');
  });

  it('is none of the lines of the log', () => {
    const log = 'E1124 17:20:15.123456   12 memcache.go:265] "Unhandled Error" err="couldn\'t get"\n';
    assert.equal(of(`The connection to the server was refused\n${log}`), 'The connection to the server was refused');
  });

  it('is the exit code where nothing was said', () => {
    assert.equal(of('', 7), 'exit code 7');
  });

  it('has 400 characters at most', () => {
    assert.equal(of('x'.repeat(1_000)).length, 400);
  });
});
