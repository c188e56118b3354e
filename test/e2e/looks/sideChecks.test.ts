import assert from 'node:assert/strict';
import { kubectlFor } from '../../../observe/kubectl';
import { readLogs } from '../../../observe/logs';
import { unixSeconds } from '../../../phases/units';
import type { SideCheck } from '../../../rollout/sideChecks';
import type { Sandbox } from '../../../sandbox/index';
import { waitFor } from '../../../sandbox/waitFor';
import { podsOf } from '../../sandbox/support/world';
import { makeLive } from '../support/cluster';
import { type Kubelet, type LogLine, startKubelet } from '../support/kubelet';
import { sharedSandbox } from '../support/sharedSandbox';
import { npmRun, settingsWith } from '../support/world';

interface Report {
  readonly sideChecks: readonly SideCheck[];
  readonly findings: readonly { readonly verdict: string; readonly rule: string }[];
}

describe('npm run verify, beside the metrics', function () {
  this.timeout(120_000);
  let sandbox: Sandbox;
  let pods: readonly string[];
  let kubelet: Kubelet | undefined;
  const SECRET = 'Sw0rdf1sh-log-88';

  before(async () => {
    sandbox = await sharedSandbox();
    await makeLive(sandbox, 50);
    pods = (await podsOf(sandbox, 'denis')).map(({ name }) => name).sort();
    const now = Date.now();
    const line = (text: string, secondsAgo = 0): LogLine => ({ at: new Date(now - secondsAgo * 1000), text });
    const own = (job: number): LogLine[] => [
      line('ERROR materializer: from before the activation', 3_600),
      line('INFO materializer: wrote 3 nodes'),
      line(`ERROR materializer job ${job} failed: password=${SECRET}`),
    ];
    const [first, second] = pods;
    // The third pod has no log.
    const logs = {
      [first!]: own(17),
      [second!]: [...own(4), line('{"level":"error","message":"materializer\\u001b[31m <b>gave up</b>"}')],
    };
    kubelet = await startKubelet(sandbox, { logs });
  });
  after(async () => {
    await sandbox?.scenario('healthy');
    await kubelet?.stop();
  });

  async function report(changes: Readonly<Record<string, unknown>>, ...more: string[]): Promise<string> {
    const file = settingsWith(sandbox, 'side-checks', changes);
    const args = ['--stack', 'canary-50', ...more];
    const { code, stdout, stderr } = await npmRun(sandbox, 'verify', args, { PULUMI_OPTION_CONFIG_FILE: file });
    assert.ok([0, 10, 20].includes(code ?? -1), stdout + stderr);
    return stdout;
  }
  const json = async (changes: Readonly<Record<string, unknown>>): Promise<Report> =>
    JSON.parse(await report(changes, '--json')) as Report;
  const one = ({ sideChecks }: Report, id: string): SideCheck => sideChecks.find((side) => side.id === id)!;

  it('shows what is off as not configured', async () => {
    const { sideChecks } = await json({});
    assert.deepEqual(
      sideChecks.map(({ id, result }) => [id, result]),
      [
        ['load-test', 'not-configured'],
        ['graph', 'not-configured'],
        ['decision-trace', 'not-configured'],
        ['celery', 'not-configured'],
        ['error-lines', 'not-configured'],
      ],
    );
    const text = await report({});
    for (const title of ['decisiontrace writes', 'materializer jobs', 'error lines']) {
      assert.match(text, new RegExp(`^ {2}${title} +\\S+ +– +not configured +–$`, 'm'));
    }
  });

  it('counts the error lines of all pods since the activation, grouped, without secrets, and names what it could not read', async () => {
    const found = await json({ logs: 'on' });
    const { result, sentence, lines } = one(found, 'error-lines');
    assert.equal(result, 'unknown');
    assert.match(sentence, /^3 in 2 groups in the logs of 2 pods since .* UTC; 1 pods not read: pod denis-\S+: /);
    assert.ok(sentence.includes(pods[2]!));
    assert.deepEqual(lines, [
      '2 × in 2 pods: ERROR materializer job <n> failed: password=[secret]',
      '1 × in 1 pods: materializer[<n>m <b>gave up</b>',
    ]);
    const text = await report({ logs: 'on' }, '--markdown');
    assert.match(text, /error lines: 1 × in 1 pods: materializer\\\[&lt;n&gt;m &lt;b&gt;gave up&lt;\/b&gt;/);
    assert.doesNotMatch(JSON.stringify(found) + text, new RegExp(SECRET));
  });

  it('reads no more lines of a log than it is told', async () => {
    const cluster = { context: sandbox.info.context, namespace: 'denis' };
    const [log] = await readLogs({
      kubectl: kubectlFor(cluster, sandbox.env),
      cluster: { container: 'denis' },
      pods: [{ name: pods[0]! }],
      since: unixSeconds(0),
      lines: 2,
    });
    assert.deepEqual([log!.unread, log!.cut, log!.lines.length], [undefined, true, 2]);
    assert.match(log!.lines[1]!, /^ERROR materializer job 17 /);
  });

  it('says that the jobs are not known where there is no Celery', async () => {
    const { result, sentence } = one(await json({ celery: { binary: '/nowhere/celery' } }), 'celery');
    assert.equal(result, 'unknown');
    assert.match(
      sentence,
      /^running, reserved, scheduled not known: \/nowhere\/celery was not found; .*; \d+ wait in queue tools_mut$/,
    );
  });

  it('takes the write_success_rate of DecisionTrace from every pod: soft it warns, hard it holds', async () => {
    const well = await json({ decisionTrace: { hard: true } });
    assert.deepEqual([one(well, 'decision-trace').result, one(well, 'decision-trace').kind], ['pass', 'hard']);
    assert.ok(!well.findings.some(({ rule }) => rule === 'side:decision-trace'));
    await sandbox.scenario('trace-drops', { perMinute: 60_000 });
    const low = await waitFor(
      async () => {
        const found = await json({ decisionTrace: { hard: true } });
        return one(found, 'decision-trace').result === 'fail' ? found : undefined;
      },
      { what: 'the rate to fall', deadlineMs: 60_000, intervalMs: 500 },
    );
    assert.ok(low.findings.some(({ rule, verdict }) => rule === 'side:decision-trace' && verdict === 'HOLD'));
    const soft = await report({ decisionTrace: 'on' });
    assert.match(soft, /^ {2}decisiontrace writes +soft +\S+ +warn +write_success_rate of DecisionTrace is /m);
    assert.match(soft, /^ {2}warning: write_success_rate of DecisionTrace is \S+ % at pod denis-/m);
  });
});
