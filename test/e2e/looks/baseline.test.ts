import assert from 'node:assert/strict';
import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { CommandResult } from '../../../sandbox/command';
import type { Sandbox } from '../../../sandbox/index';
import { waitFor } from '../../../sandbox/waitFor';
import { nobodyAt } from '../../observe/support/loopback';
import { kubectl, ledger, makeLive, scraped } from '../support/cluster';
import { sharedSandbox } from '../support/sharedSandbox';
import { npmRun, settingsWith } from '../support/world';

describe('npm run baseline', function () {
  this.timeout(90_000);
  let sandbox: Sandbox;
  let journal: string;

  before(async () => {
    sandbox = await sharedSandbox();
    journal = path.join(sandbox.info.folder, 'journal-baseline');
    rmSync(journal, { recursive: true, force: true });
    await makeLive(sandbox, 50, { workers: 5 });
    await scraped(sandbox);
  });
  after(() => makeLive(sandbox, 0, { enabled: false }));

  async function baseline(args: readonly string[], changes = {}, name = 'baseline'): Promise<CommandResult> {
    const PULUMI_OPTION_CONFIG_FILE = settingsWith(sandbox, name, { journal, ...changes });
    return npmRun(sandbox, 'baseline', ['--stack', 'canary-50', ...args], { PULUMI_OPTION_CONFIG_FILE });
  }
  /** As it is after somebody edited the ledger; the rollout began long enough ago for a past to measure. */
  async function lose(): Promise<void> {
    const { baseline: _, ...others } = await ledger(sandbox);
    const startedAt = new Date(Date.now() - 2_000).toISOString();
    const data = { 'ledger.json': JSON.stringify({ ...others, rollout: { ...others.rollout, startedAt } }) };
    await kubectl(sandbox, ['patch', 'configmap/denis-canary', '--type=merge', '--patch', JSON.stringify({ data })]);
  }
  const verified = async (): Promise<{ warnings: string[]; rules: { id: string; status: string }[] }> => {
    const PULUMI_OPTION_CONFIG_FILE = settingsWith(sandbox, 'baseline', { journal });
    const args = ['--stack', 'canary-50', '--json'];
    return JSON.parse((await npmRun(sandbox, 'verify', args, { PULUMI_OPTION_CONFIG_FILE })).stdout);
  };
  const chatRule = async () => (await verified()).rules.find(({ id }) => id === 'chat-p99-above-baseline')!.status;

  it('shows the one that is pinned, and replaces it by no other', async () => {
    const shown = await baseline([]);
    assert.equal(shown.code, 0, shown.stderr);
    assert.match(shown.stdout, /^the baseline of chat p99 is \d\.\d\d s, measured over /);
    const refused = await baseline(['--set', '0.9', '--reason', 'I like it better', '--yes']);
    const why = `a baseline that is pinned stays for its whole rollout; ${shown.stdout}`;
    assert.deepEqual([refused.code, refused.stdout, refused.stderr], [1, '', why]);
  });

  it('says of a lost one what it was, as far as the past is still there, and how to repair it', async () => {
    await lose();
    assert.equal(await chatRule(), 'missing');
    const measurable = async () => {
      const found = await baseline([]);
      assert.equal(found.code, 1, found.stderr);
      return found.stdout.includes('before it began: the baseline') ? found.stdout : undefined;
    };
    const stdout = await waitFor(measurable, { what: 'a past of enough samples', deadlineMs: 30_000 });
    assert.match(stdout, /^rollout \w+, begun .*Z, has no baseline of chat p99\n/);
    assert.match(stdout, /\ndo: npm run baseline -- --set measured --reason "…"\n$/);
    const silent = await baseline([], { prometheus: await nobodyAt() }, 'baseline-silent');
    assert.equal(silent.code, 1, silent.stderr);
    assert.match(silent.stdout, /before it began: it cannot be measured: .*unreachable/);
    assert.match(silent.stdout, /--set SECONDS/);
    assert.equal((await ledger(sandbox)).baseline, undefined);
  });

  it('takes no number that is none, and nothing without a reason or an agreement', async () => {
    for (const args of [
      ['--set', '0', '--reason', 'x'],
      ['--set', 'much', '--reason', 'x'],
      ['--set', '0.4'],
      ['--set', '0.4', '--reason', ' '],
      ['--set', '0.4', '--reason', 'nobody agrees'],
    ]) {
      assert.equal((await baseline(args)).code, 2, args.join(' '));
    }
    assert.equal((await ledger(sandbox)).baseline, undefined);
  });

  it('pins the measured one for good: rules are judged again, and every verdict says who pinned it', async () => {
    const pinned = await baseline(['--set', 'measured', '--reason', 'the ledger was edited', '--yes']);
    assert.equal(pinned.code, 0, pinned.stderr);
    assert.match(pinned.stdout, /\nwith it: (HOLD|PROMOTE): .*\nto be pinned .*: the ledger was edited\nPinned\.\n$/);
    const { samples, set } = (await ledger(sandbox)).baseline!;
    assert.ok(samples > 0);
    assert.equal(set?.reason, 'the ledger was edited');
    assert.notEqual(await chatRule(), 'missing');
    const { warnings } = await verified();
    assert.equal(warnings.filter((one) => /pinned by hand by .*: the ledger was edited$/.test(one)).length, 1);
    const record = JSON.parse(readFileSync(path.join(journal, 'evidence.jsonl'), 'utf8').trim().split('\n').at(-1)!);
    assert.equal(record.kind, 'decision', 'of verify, after it');
    const text = readFileSync(path.join(journal, 'evidence.jsonl'), 'utf8');
    assert.match(text, /"kind":"baseline"/);
    const replayed = await npmRun(sandbox, 'replay', [path.join(journal, 'evidence.jsonl')]);
    assert.equal(replayed.code, 0, replayed.stdout);
    const described = await kubectl(sandbox, ['describe', 'deployment', 'denis']);
    assert.match(
      described.stdout,
      /CanaryBaselinePinned .*baseline · chat p99 \d\.\d\d s · measured by \d+ samples · by /,
    );
  });

  it('pins a number that somebody knows, with Prometheus down', async () => {
    await lose();
    const args = ['--set', '5', '--reason', 'of the evidence', '--yes'];
    const pinned = await baseline(args, { prometheus: await nobodyAt() }, 'baseline-silent');
    assert.equal(pinned.code, 0, pinned.stderr);
    const { chatP99, samples } = (await ledger(sandbox)).baseline!;
    assert.deepEqual([chatP99, samples], [5, 0]);
  });
});
