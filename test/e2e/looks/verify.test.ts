import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createClient } from '@redis/client';
import { parse } from 'yaml';
import type { EvidenceRecord } from '../../../rollout/evidence';
import { type CommandResult, runCommand } from '../../../sandbox/command';
import type { Sandbox } from '../../../sandbox/index';
import { waitFor } from '../../../sandbox/waitFor';
import { bind, sandboxRoles } from '../../act/support/world';
import { type StandIn, standIn } from '../../observe/support/standIn';
import { jsonOf } from '../../sandbox/support/world';
import { assertServes, kubectl, makeLive, scraped, setFlag, template } from '../support/cluster';
import { type PulumiRun, pulumi, refusedUp, up } from '../support/pulumi';
import { sharedSandbox } from '../support/sharedSandbox';
import { CHECKOUT, settingsWith } from '../support/world';

const PASSWORD = 'Sw0rdf1sh-redis-55';
const PROMETHEUS_PASSWORD = 'Sw0rdf1sh-prom-66';
const TOKEN = 'Sw0rdf1sh-token-77';
const COLOUR = /\u001b\[[\d;]*m/;
const EVERY_COLOUR = new RegExp(COLOUR, 'g');
const PICTURE = '\u001b[H\u001b[2J';

interface Report {
  readonly at: string;
  readonly stack: string | null;
  readonly verdict: string | null;
  readonly exitCode: number;
  readonly error: string | null;
  readonly exposure: { readonly percent: number | null; readonly pods: object[]; readonly problems: string[] };
  readonly checks: { readonly spec: { readonly id: string }; readonly status: string }[];
  readonly rules: { readonly id: string; readonly held: number }[];
}
const FIELDS =
  'at changesAt checks error exitCode exposure findings jobs rule rules sentence sideChecks stack verdict warnings window'.split(
    ' ',
  );

describe('npm run verify and npm run replay', function () {
  this.timeout(90_000);
  let sandbox: Sandbox;
  /** All stacks' settings, with secrets in them as people set them. */
  let settings: string;
  let journal: string;
  /** Everything that any command here has printed. */
  let printed = '';
  const programs: StandIn[] = [];
  const children: ChildProcess[] = [];

  before(async () => {
    sandbox = await sharedSandbox();
    journal = path.join(sandbox.info.folder, 'journal-of-verify');
    await giveRedisAUser();
    const prometheus = sandbox.info.prometheus.replace('//', `//reader:${PROMETHEUS_PASSWORD}@`);
    settings = settingsWith(sandbox, 'secret', { journal, redis: undefined, prometheus });
    const redis = sandbox.info.redis.replace('//', `//canary:${PASSWORD}@`);
    await set('canary:redis', redis);
    await kubectl(sandbox, ['delete', 'secret/denis-kill-switch', '--ignore-not-found']);
    await kubectl(sandbox, ['create', 'secret', 'generic', 'denis-kill-switch', `--from-literal=token=${TOKEN}`]);
    await makeLive(sandbox, 1);
    await scraped(sandbox);
  });
  after(async () => {
    for (const child of children) child.kill('SIGKILL');
    for (const one of programs) one.remove();
    await sandbox?.scenario('healthy');
    await kubectl(sandbox, ['delete', 'secret/denis-kill-switch', '--ignore-not-found']);
  });

  /** Secret settings are what `pulumi config set --secret` makes of them. */
  async function set(key: string, value: string): Promise<void> {
    const args = ['config', 'set', '--secret', key, value, '--stack', 'canary-10', '--config-file', settings];
    const { code, output } = await pulumi(sandbox, args);
    assert.equal(code, 0, output);
    assert.match(readFileSync(settings, 'utf8'), /secure: v1:/);
  }
  async function giveRedisAUser(): Promise<void> {
    const client = createClient({ url: sandbox.info.redis, RESP: 2 });
    client.on('error', () => {});
    await client.connect();
    await client.sendCommand(['ACL', 'SETUSER', 'canary', 'on', `>${PASSWORD}`, '~*', '+@all']);
    client.destroy();
  }

  const command = (name: string, args: readonly string[]): [string, string[]] => [
    process.execPath,
    [path.join(CHECKOUT, 'dist', 'scripts', `${name}.js`), ...args],
  ];
  const environment = (more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => ({
    ...sandbox.env,
    PULUMI_OPTION_CONFIG_FILE: settings,
    ...more,
  });
  async function run(name: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<CommandResult> {
    const result = await runCommand(...command(name, args), {
      cwd: CHECKOUT,
      env: environment(env),
      timeoutMs: 40_000,
    });
    printed += result.stdout + result.stderr;
    return result;
  }
  const verify = (stack: string, ...args: string[]) => run('verify', ['--stack', stack, ...args]);
  const keep = (result: PulumiRun): PulumiRun => {
    printed += result.output;
    return result;
  };
  async function ends(code: number, stack: string, ...args: string[]): Promise<CommandResult> {
    const result = await verify(stack, ...args);
    assert.equal(result.code, code, result.stdout + result.stderr);
    return result;
  }
  /** Verifies until the exit code is the one that is to come. */
  const comes = (code: number, stack: string): Promise<CommandResult> =>
    waitFor(
      async () => {
        const result = await verify(stack);
        assert.equal(result.code, code, result.stdout + result.stderr);
        return result;
      },
      { what: `verify --stack ${stack} to end with ${code}`, deadlineMs: 60_000, intervalMs: 500 },
    );
  const records = (): EvidenceRecord[] =>
    readFileSync(path.join(journal, 'evidence.jsonl'), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as EvidenceRecord);

  it('ends with 10 while the window is not complete, and while another phase is live', async () => {
    const { stdout } = await ends(10, 'canary-1');
    assert.match(stdout, /^canary-1 {3}HOLD {3}window \S+ of \S+, complete .* at the earliest/);
    assert.match(stdout, /^ {2}exposure: 1 % on each of 3 Ready pods, as canary-1 is$/m);
    assert.match(stdout, /^ {2}rollback rule +now +held +for +result$/m);
    assert.doesNotMatch(stdout, COLOUR);
    const other = await ends(10, 'canary-10');
    assert.match(other.stdout, /^ {2}exposure: pod denis-\S+ serves 1 %, canary-10 is 10 %$/m);
  });

  it('ends with 0 on PROMOTE, as text, as JSON with all fields, and as Markdown', async () => {
    const { stdout } = await comes(0, 'canary-1');
    assert.match(stdout, /^canary-1 {3}PROMOTE {3}every hard check held for /);
    const report = JSON.parse((await ends(0, 'canary-1', '--json')).stdout) as Report;
    assert.deepEqual(Object.keys(report).sort(), FIELDS);
    assert.deepEqual([report.stack, report.verdict, report.exitCode, report.error], ['canary-1', 'PROMOTE', 0, null]);
    assert.deepEqual([report.exposure.percent, report.exposure.pods.length, report.exposure.problems], [1, 3, []]);
    assert.deepEqual(
      report.checks.map(({ spec }) => spec.id),
      ['success-rate', 'materializer-p99', 'error-rate', 'chat-p99', 'queue-depth'],
    );
    assert.deepEqual(
      report.rules.map(({ id }) => id),
      ['success-below', 'error-above', 'chat-down'],
    );
    const markdown = (await ends(0, 'canary-1', '--markdown')).stdout;
    assert.match(markdown, /^### canary-1 {3}PROMOTE/);
    const table = markdown.split('\n\n').filter((block) => block.startsWith('|'));
    assert.equal(table.length, 3);
    for (const lines of table.map((block) => block.trimEnd().split('\n'))) {
      assert.match(lines[1]!, /^\|( --- \|)+$/);
      for (const line of lines) assert.equal(line.match(/\|/g)?.length, lines[0]!.match(/\|/g)?.length, line);
    }
  });

  it('writes a preview, a refused and a permitted up and itself down, and replays all of it', async () => {
    rmSync(journal, { recursive: true, force: true });
    keep(await pulumi(sandbox, ['preview', '--stack', 'canary-10'], { settings }));
    keep(await refusedUp(sandbox, 'canary-50', { settings, pack: true }));
    keep(await refusedUp(sandbox, 'canary-50', { settings }));
    const permitted = keep(await up(sandbox, 'canary-10', { settings, pack: true }));
    assert.doesNotMatch(permitted.output, /evidence \(/);
    await verify('canary-10');
    assert.deepEqual(
      records().map(({ kind, by, mode, stack, move }) => [kind, by, mode, stack, move]),
      [
        ['permit', 'program', 'preview', 'canary-10', 'canary-1 → canary-10'],
        ['refusal', 'policy', 'update', 'canary-50', 'canary-1 → canary-50'],
        ['refusal', 'program', 'update', 'canary-50', 'canary-1 → canary-50'],
        ['permit', 'program', 'update', 'canary-10', 'canary-1 → canary-10'],
        ['decision', 'verify', 'report', 'canary-10', 'canary-10'],
      ],
    );
    for (const { revision, settingsHash, image } of records()) {
      assert.match(revision.commit, /^[0-9a-f]{40}$/);
      assert.equal(settingsHash, records()[0]!.settingsHash, 'one hash, whoever read the settings');
      assert.ok(image !== undefined && image !== '');
    }
    const replayed = await run('replay', [path.join(journal, 'evidence.jsonl')]);
    assert.deepEqual([replayed.code, replayed.stdout], [0, '5 records, 0 differ\n'], replayed.stdout);
    const described = await kubectl(sandbox, ['describe', 'deployment', 'denis']);
    assert.match(described.stdout, /CanaryPermitted .* permit · canary-10 · canary-1 → canary-10 · PROMOTE/);
    assert.match(described.stdout, /CanaryRefused .* refusal · canary-50 · canary-1 → canary-50/);
    assert.match(described.stdout, /CanaryDecided .* decision · canary-10 · canary-10 · HOLD: window/);
  });

  it('finds a record that was changed, and a line that was cut off', async () => {
    const file = path.join(sandbox.info.folder, 'changed.jsonl');
    const [first, ...others] = records();
    const checks = first!.facts!.checks.map((check) =>
      check.id === 'error-rate' && 'window' in check && check.window.kind === 'value'
        ? { ...check, window: { ...check.window, value: 0.04 } }
        : check,
    );
    const changed = { ...first, facts: { ...first!.facts, checks } };
    const text = [changed, ...others].map((record) => JSON.stringify(record)).join('\n');
    writeFileSync(file, text);
    const found = await run('replay', [file]);
    assert.equal(found.code, 1);
    assert.match(
      found.stdout,
      /changed\.jsonl:1\n.*kind: recorded "permit", now "refusal"\n +verdict: recorded "PROMOTE", now "ROLLBACK"/,
    );
    writeFileSync(file, text.slice(0, -100));
    const cut = await run('replay', [file]);
    assert.equal(cut.code, 1);
    assert.match(
      cut.stdout,
      /changed\.jsonl:5\n {2}is no JSON: the line was cut off or changed\n5 records, 2 differ\n$/,
    );
  });

  it('watches a pipe line by line, records a verdict once, and ends at SIGINT with the last exit code', async () => {
    await scraped(sandbox);
    const before = records().length;
    const watching = started(...command('verify', ['--stack', 'canary-50', '--watch']));
    const ticks = () => watching.output().match(/^(\d\d:\d\d:\d\d {2})?canary-10 → canary-50 {3}/gm)?.length ?? 0;
    await waitFor(async () => ticks() >= 3 || undefined, { what: 'three ticks', deadlineMs: 45_000 });
    watching.interrupt();
    assert.equal(await watching.ended, 10, watching.output());
    const [first, ...others] = watching.output().trimEnd().split('\n');
    assert.match(first!, /^canary-10 → canary-50 {3}/);
    assert.ok(others.filter((line) => /^\d\d:\d\d:\d\d {2}canary-10 → canary-50 {3}/.test(line)).length >= 1);
    assert.doesNotMatch(watching.output(), /\u001b/);
    const verdicts = watching.output().match(/^canary-10 → canary-50 /gm)?.length;
    assert.equal(records().length - before, verdicts, 'a whole report and a record for each verdict');
  });

  it('draws a picture anew in a terminal, without colours under NO_COLOR, and ends at Ctrl-C', async () => {
    // Through npm, as a person does; `exec` because a shell that waits ends at Ctrl-C with a code of its own.
    const line = 'exec npm run verify -- --stack canary-10 --watch';
    const drawn = (more: NodeJS.ProcessEnv, pictures: number) => async (): Promise<string> => {
      const unset = { CI: undefined, NO_COLOR: undefined, FORCE_COLOR: undefined };
      const terminal = { TERM: 'xterm', SHELL: '/bin/sh', ...unset, ...more };
      const watching = started('script', ['-qec', line, '/dev/null'], terminal);
      const seen = () => watching.output().split(PICTURE).length - 1;
      await waitFor(async () => seen() >= pictures || undefined, { what: 'pictures', deadlineMs: 40_000 });
      watching.type('\u0003');
      const code = await watching.ended;
      const shown = exitCodeIn(watching.output().split(PICTURE).at(-1)!);
      assert.equal(code, shown, `exit code ${code}, the last picture stands for ${shown}\n${watching.output()}`);
      return watching.output();
    };
    /** What the headline of a picture stands for; without one the cluster could not be read. */
    const exitCodeIn = (shownLast: string): number => {
      const [, verdict] =
        /^.*canary-10.*?\b(EMERGENCY|ROLLBACK|HOLD|MONITOR|PROMOTE|COMPLETE)\b/m.exec(
          shownLast.replace(EVERY_COLOUR, ''),
        ) ?? [];
      if (verdict === undefined) return 3;
      return { EMERGENCY: 21, ROLLBACK: 20, HOLD: 10, MONITOR: 10, PROMOTE: 0, COMPLETE: 0 }[verdict]!;
    };
    const [plain, coloured] = await Promise.all([drawn({ NO_COLOR: '1' }, 2)(), drawn({}, 1)()]);
    assert.doesNotMatch(plain, COLOUR);
    assert.match(plain, /last hour\r?\n {2}success rate .* [▁▂▃▄▅▆▇█·]{5}/);
    assert.match(plain, /\d\d:\d\d:\d\d UTC, again every 10 s; Ctrl-C ends it/);
    assert.match(coloured, COLOUR);
  });

  it('ends with 10 when the flag kills the feature', async () => {
    await setFlag(sandbox, '0');
    try {
      const { stdout } = await ends(10, 'canary-10');
      assert.match(stdout, /^ {2}exposure: the Redis flag is 0$/m);
    } finally {
      await setFlag(sandbox, undefined);
    }
  });

  it('ends with 3 while Prometheus, the API server or Redis does not answer, and says so to programs too', async () => {
    await sandbox.prometheus.stop();
    try {
      assert.match((await ends(3, 'canary-10')).stdout, /unreachable/);
    } finally {
      await sandbox.prometheus.start();
    }
    await sandbox.apiServer.stop();
    try {
      const { stdout, stderr } = await ends(3, 'canary-10');
      assert.deepEqual([stdout, stderr.split('\n').length], ['', 2], stderr);
      const report = JSON.parse((await ends(3, 'canary-10', '--json')).stdout) as Report;
      assert.deepEqual(Object.keys(report).sort(), FIELDS);
      assert.deepEqual([report.verdict, report.exitCode], [null, 3]);
      assert.match(report.error ?? '', /cluster of context denis-sandbox cannot be read/);
    } finally {
      await sandbox.apiServer.start();
    }
    await sandbox.redis.stop();
    try {
      assert.match((await ends(3, 'canary-10')).stdout, /exposure: .*the Redis flag cannot be read/);
    } finally {
      await sandbox.redis.start();
      await giveRedisAUser();
    }
  });

  it('ends with 2, bare, over a wrong stack, forms that exclude each other, and settings that are missing', async () => {
    const wrong: readonly [args: string[], settings: string, says: RegExp][] = [
      [['--stack', 'canary-5'], settings, /^stack canary-5 is no phase of the plan/],
      [['--stack', 'base'], settings, /^stack base is no phase of the plan/],
      [['--stack', 'canary-10', '--json', '--markdown'], settings, /cannot be used with option '--markdown'/],
      [[], settings, /required option '--stack <name>' not specified/],
      [['--stack', 'canary-10'], '/nowhere.yaml', /^\/nowhere\.yaml cannot be read/],
      [['--stack', 'canary-10'], settingsWith(sandbox, 'no-context', { context: undefined }), /^canary:context: /],
      [
        ['--stack', 'canary-10'],
        settingsWith(sandbox, 'no-redis', { redis: undefined }),
        /^canary:redis: .*found nothing/,
      ],
    ];
    for (const [args, file, says] of wrong) {
      const { code, stdout, stderr } = await run('verify', args, { PULUMI_OPTION_CONFIG_FILE: file });
      assert.deepEqual([code, stdout], [2, ''], stderr);
      assert.match(stderr, says);
      assert.doesNotMatch(stderr, /^ +at /m);
    }
  });

  it('ends with 20 when too many jobs fail', async () => {
    await makeLive(sandbox, 10);
    await sandbox.scenario('failing-jobs', { rate: 0.3 });
    try {
      assert.match((await comes(20, 'canary-10')).stdout, /^canary-10 {3}ROLLBACK {3}success rate < 93 % for /);
    } finally {
      await sandbox.scenario('healthy');
    }
  });

  it('ends with 21 when too many chats fail at 100 %', async () => {
    await makeLive(sandbox, 100, { workers: 10 });
    await sandbox.scenario('global-errors', { rate: 0.2 });
    try {
      assert.match((await comes(21, 'canary-100')).stdout, /^canary-100 {3}EMERGENCY {3}error rate > 5 % for /);
    } finally {
      await sandbox.scenario('healthy');
    }
  });

  it('lowers without a journal, and where the API server takes no Event, without waiting for it, and says so', async () => {
    await makeLive(sandbox, 10);
    const real = `PATH='${sandbox.env['PATH']}' exec kubectl "$@"`;
    const slow = standIn(
      'kubectl',
      `case "$*" in *"create --validate=false -f -"*)\n  input=$(cat)\n  case "$input" in *'"kind":"Event"'*) exec sleep 600;; esac\n  printf %s "$input" | ${real.replace('exec ', '')}; exit;;\nesac\n${real}`,
    );
    programs.push(slow);
    const file = path.join(sandbox.info.folder, 'a-file');
    writeFileSync(file, '');
    const blocked = settingsWith(sandbox, 'blocked', { journal: path.join(file, 'journal') });
    const run = keep(await up(sandbox, 'canary-1', { settings: blocked, programs: slow.folder }));
    assert.match(run.output, /warning: evidence \(journal\): ENOTDIR: .*; the move goes on without/);
    assert.match(
      run.output,
      /warning: evidence \(Event\): the API server took no Event within 5 s; the move goes on without/,
    );
    await assertServes(sandbox, 1, true);
  });

  it('says of a permitted up that its evidence could not be written', async () => {
    await comes(0, 'canary-1');
    const blocked = settingsWith(sandbox, 'blocked', { journal: path.join(sandbox.info.folder, 'a-file', 'journal') });
    const { output } = keep(await up(sandbox, 'canary-10', { settings: blocked }));
    assert.match(output, /warning: evidence \(journal\): ENOTDIR: .*; the move goes on without/);
    assert.equal((await template(sandbox)).pct, '10');
  });

  it('moves a user who may not write Events, with a warning', async () => {
    await grant();
    const { output } = keep(await up(sandbox, 'canary-1', { settings, kubeconfig: sandbox.kubeconfig('denis-up') }));
    assert.match(
      output,
      /warning: evidence \(Event\): no Event could be written: events is forbidden: User "denis-up" cannot create resource "events".*; the move goes on without/,
    );
    await assertServes(sandbox, 1, true);
  });

  it('lets no secret into any record, Event or output', async () => {
    const { users } = parse(readFileSync(sandbox.info.kubeconfig, 'utf8')) as { users: [{ user: { token: string } }] };
    const secrets = [PASSWORD, PROMETHEUS_PASSWORD, TOKEN, Buffer.from(TOKEN).toString('base64'), users[0].user.token];
    const { items } = await jsonOf<{ items: object[] }>(sandbox, ['-n', 'denis', 'get', 'events']);
    const texts = {
      printed,
      evidence: readFileSync(path.join(journal, 'evidence.jsonl'), 'utf8'),
      events: JSON.stringify(items.filter((item) => JSON.stringify(item).includes('denis-canary'))),
    };
    for (const [what, text] of Object.entries(texts)) {
      assert.ok(text.length > 1_000, what);
      for (const secret of secrets) assert.ok(!text.includes(secret), what);
    }
  });

  it('leaves nothing in the home of whoever runs it', async () => {
    const state = path.join(process.env['HOME'] ?? '', '.local', 'state', 'denis-canary');
    const uid = (await jsonOf<{ metadata: { uid: string } }>(sandbox, ['get', 'namespace', 'kube-system'])).metadata
      .uid;
    assert.ok(!existsSync(path.join(state, uid)));
  });

  /** Role denis-canary-up without the right to write Events, given to denis-up. */
  async function grant(): Promise<void> {
    const rules = sandboxRoles()['denis-canary-up']!.filter(
      ({ resources, verbs }) => !((resources as string[]).includes('events') && (verbs as string[]).includes('create')),
    );
    await bind({ sandbox }, 'denis-up', 'without-events', rules);
  }

  interface Watching {
    readonly output: () => string;
    readonly ended: Promise<number>;
    interrupt(): void;
    type(keys: string): void;
  }
  function started(program: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Watching {
    const child = spawn(program, args, { cwd: CHECKOUT, env: environment(env), stdio: ['pipe', 'pipe', 'pipe'] });
    children.push(child);
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
        printed += text;
      });
    }
    return {
      output: () => output,
      ended: once(child, 'close').then(([code]) => (code as number | null) ?? -1),
      interrupt: () => child.kill('SIGINT'),
      type: (keys) => child.stdin.write(keys),
    };
  }
});
