import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { PHASE_NAMES } from '../../phases/phase';
import { checkoutRoot } from '../../sandbox/checkout';
import { page, tableRows } from '../docs/support/pages';

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}
interface Job {
  readonly 'timeout-minutes'?: number;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly environment?: string;
  readonly if?: string;
  readonly strategy?: { readonly matrix?: { readonly node?: readonly number[] } };
  readonly steps: readonly Step[];
}
interface Workflow {
  readonly name: string;
  readonly text: string;
  readonly on: Readonly<Record<string, { inputs?: { stack?: { options?: readonly string[] } } } | null>>;
  readonly permissions?: object;
  readonly concurrency?: { readonly 'cancel-in-progress'?: boolean; readonly group?: string };
  readonly jobs: Readonly<Record<string, Job>>;
}

const FOLDER = path.join(checkoutRoot(), '.github', 'workflows');
const workflows = readdirSync(FOLDER).map((file): Workflow => {
  const text = readFileSync(path.join(FOLDER, file), 'utf8');
  return { ...(parse(text) as Workflow), name: file, text };
});
const named = (name: string): Workflow => workflows.find((one) => one.name === name)!;
const stepsOf = ({ jobs }: Workflow): readonly Step[] => Object.values(jobs).flatMap(({ steps }) => steps);

const { scripts } = JSON.parse(readFileSync(path.join(checkoutRoot(), 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};
/** Text that somebody outside of the repository may choose, in a script where the shell would run it. */
const expressionsIn = ({ run = '' }: Step): readonly string[] => run.match(/\$\{\{.*?\}\}/g) ?? [];
/** An exact release or a whole commit; a branch, `v4` or `v4.2` may be another one tomorrow. */
const isPinned = (uses: string): boolean => /^[\w-]+\/[\w./-]+@(?:v\d+\.\d+\.\d+|[0-9a-f]{40})$/.test(uses);

describe('the workflows', () => {
  it('are the three there are', () => {
    assert.deepEqual(workflows.map(({ name }) => name).sort(), ['preview.yml', 'promote.yml', 'test.yml']);
  });

  for (const workflow of workflows) {
    describe(workflow.name, () => {
      it('pins every action to an exact release or a commit, which names its release', () => {
        const uses = stepsOf(workflow).flatMap((step) => step.uses ?? []);
        assert.ok(uses.length > 0);
        assert.deepEqual(
          uses.filter((one) => !isPinned(one)),
          [],
        );
        const commits = workflow.text.match(/@[0-9a-f]{40}.*$/gm) ?? [];
        for (const line of commits) assert.match(line, /^@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
      });

      it('gives no permission by default, to each job the ones it names, and a time-out', () => {
        assert.deepEqual(workflow.permissions, {});
        for (const [name, job] of Object.entries(workflow.jobs)) {
          assert.ok(Number.isInteger(job['timeout-minutes']), `${name} has no timeout-minutes`);
          assert.ok(job.permissions !== undefined, `${name} has no permissions`);
        }
      });

      it('is not started by pull_request_target or workflow_run, which would run foreign code with our secrets', () => {
        const triggers = Object.keys(workflow.on);
        assert.ok(triggers.length > 0);
        assert.deepEqual(
          triggers.filter((trigger) => !['push', 'pull_request', 'workflow_dispatch'].includes(trigger)),
          [],
        );
      });

      it('puts no expression into a script', () => {
        assert.deepEqual(stepsOf(workflow).flatMap(expressionsIn), []);
      });

      it('leaves no token in the checkout', () => {
        const checkouts = stepsOf(workflow).filter(({ uses }) => uses?.startsWith('actions/checkout@'));
        for (const step of checkouts) assert.equal(step.with?.['persist-credentials'], false);
      });

      it('names npm scripts that exist', () => {
        const names = [...workflow.text.matchAll(/npm run (?:-s )?([a-z][\w:-]*)/g)].map((match) => match[1]!);
        assert.deepEqual(
          names.filter((name) => scripts[name] === undefined),
          [],
        );
      });

      it('runs no script of a package while it installs', () => {
        const installs = workflow.text.match(/npm (?:ci|install).*$/gm) ?? [];
        assert.deepEqual(new Set(installs), new Set(['npm ci --ignore-scripts']));
      });

      it('says in its concurrency group what excludes what', () => {
        assert.ok(workflow.concurrency?.group);
      });
    });
  }

  it('let nothing write but the job of the comment, which sees no secret', () => {
    const writing = workflows.flatMap(({ name, jobs }) =>
      Object.entries(jobs)
        .filter(([, { permissions = {} }]) => Object.values(permissions).includes('write'))
        .map(([job, { permissions }]) => [name, job, permissions]),
    );
    assert.deepEqual(writing, [['preview.yml', 'comment', { contents: 'read', 'pull-requests': 'write' }]]);
    assert.doesNotMatch(JSON.stringify(named('preview.yml').jobs['comment']), /secrets\./);
  });

  it('move one phase at a time, after an approval, with nothing from a cache', () => {
    const promote = named('promote.yml');
    assert.deepEqual(promote.concurrency, { group: 'promote', 'cancel-in-progress': false });
    assert.deepEqual(promote.on['workflow_dispatch']?.inputs?.stack?.options, [...PHASE_NAMES]);
    assert.equal(promote.jobs['promote']?.environment, 'rollout');
    assert.match(promote.jobs['promote']?.if ?? '', /default_branch/);
    assert.doesNotMatch(promote.text, /actions\/cache|^ *cache:/m);
    assert.match(promote.text, /pulumi up .*--policy-pack policy-pack/);
  });

  it('test every version of Node that is supported', () => {
    assert.deepEqual(named('test.yml').jobs['test']?.strategy?.matrix?.node, [20, 22, 24]);
    assert.ok(stepsOf(named('test.yml')).some(({ run }) => run === 'npm test'));
  });

  it('use the secrets that docs/ci.md sets up, and no others', () => {
    const used = workflows.flatMap(({ text }) => [...text.matchAll(/\{\{ secrets\.(\w+)/g)].map((match) => match[1]!));
    const rows = tableRows(page('docs/ci.md'), 'where', 'name', 'value');
    const documented = rows.map(([, name]) => name!.replaceAll('`', ''));
    assert.deepEqual([...new Set(used)].sort(), [...new Set(documented)].sort());
    assert.ok(rows.some(([where]) => where === `environment \`${named('promote.yml').jobs['promote']?.environment}\``));
  });

  it('would notice a moving tag, a short commit, and an expression in a script', () => {
    for (const uses of [
      'actions/checkout@v4',
      'actions/checkout@main',
      'actions/checkout@v4.2',
      'a/b@8e8c483',
      'a/b',
      './x',
    ]) {
      assert.ok(!isPinned(uses), uses);
    }
    assert.ok(isPinned('a/b/c@v1.2.3'));
    assert.equal(expressionsIn({ run: `echo "$${'{{ github.head_ref }}'}"` }).length, 1);
  });
});
