import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { stringify } from 'yaml';
import { type CommandResult, runCommand } from '../../sandbox/command';
import { withServer } from '../observe/support/loopback';
import { LEAST_SETTINGS } from '../support/validSettings';

const script = (name: string): string => path.join(__dirname, '..', '..', 'scripts', `${name}.js`);

describe('the commands of a preview', function () {
  this.timeout(20_000);
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'preview-scripts-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const run = (name: string, args: readonly string[], options: { env?: NodeJS.ProcessEnv; input?: string } = {}) =>
    runCommand(process.execPath, [script(name), ...args], {
      cwd: folder,
      // Nothing but node itself: neither pulumi nor kubectl.
      env: { PATH: path.dirname(process.execPath), ...options.env },
      timeoutMs: 15_000,
      ...(options.input === undefined ? {} : { input: options.input }),
    });
  const settings = (stack: string, own: object = {}): void => {
    const config = Object.entries({ ...LEAST_SETTINGS, ...own }).map(([key, value]) => [`canary:${key}`, value]);
    writeFileSync(path.join(folder, `Pulumi.${stack}.yaml`), stringify({ config: Object.fromEntries(config) }));
  };

  describe('npm run changed-stacks', () => {
    it('reads names as git prints them and prints stacks', async () => {
      const { code, stdout } = await run('changedStacks', [], {
        input: 'docs/a b.md\0Pulumi.canary-10.yaml\0Pulumi.base.yaml\0',
      });
      assert.deepEqual([code, stdout], [0, 'base,canary-10\n']);
    });

    it('prints an empty line for no file', async () => {
      assert.deepEqual((await run('changedStacks', [], { input: '' })).stdout, '\n');
    });
  });

  describe('npm run preview-comment', () => {
    const preview = (...args: string[]): Promise<CommandResult> =>
      run('previewComment', ['--revision', '0123456789', '--no-cluster', ...args]);

    it('checks settings without a cluster, without pulumi and without the passphrase', async () => {
      settings('canary-1', { redis: { secure: 'v1:abc:def' } });
      settings('canary-10');
      const { code, stdout, stderr } = await preview('--stacks', 'canary-10,canary-1');
      assert.equal(code, 0, stderr);
      assert.match(stdout, /No cluster was asked/);
      assert.match(stdout, /\| `canary-1` \| settings valid \| {2}\|\n\| `canary-10` \| settings valid \|/);
      assert.equal(stderr, 'canary-1: valid\ncanary-10: valid\n');
    });

    it('fails for wrong settings, and says of every stack what is wrong', async () => {
      settings('canary-1', { chat: 'denis.test/chat' });
      settings('canary-10');
      const { code, stdout, stderr } = await preview('--stacks', 'canary-1,canary-10,canary-50');
      assert.equal(code, 1);
      assert.match(stdout, /\| `canary-1` \| \*\*invalid settings\*\* \| `canary:chat: expected a URL .*` \|/);
      assert.match(stdout, /\| `canary-10` \| settings valid \|/);
      assert.match(stdout, /\| `canary-50` \| \*\*invalid settings\*\* \| `Pulumi\.canary-50\.yaml cannot be read; /);
      assert.match(stderr, /^canary-1: invalid\ncanary-1 \| canary:chat: /);
    });

    it('writes into a file when it is told to, also when it fails', async () => {
      const out = path.join(folder, 'comment.md');
      const { code, stdout } = await preview('--stacks', 'canary-1', '--out', out);
      assert.deepEqual([code, stdout], [1, '']);
      assert.match(readFileSync(out, 'utf8'), /^<!-- denis-canary:preview -->\n/);
    });

    it('has nothing to say of no stack', async () => {
      const { code, stdout } = await preview('--stacks', '');
      assert.equal(code, 0);
      assert.match(stdout, /This revision changes no stack\./);
    });

    it('refuses a stack that does not exist, with exit code 2', async () => {
      const { code, stderr } = await preview('--stacks', 'canary-1,canary-7');
      assert.equal(code, 2);
      assert.match(stderr, /canary-7: expected some of base,canary-1,canary-10,canary-50,canary-100/);
    });

    it('shows no value of a variable that is named like a secret', async () => {
      settings('canary-1', { timezone: 'Hunter2/Hunter2' });
      const env = { SOME_PASSWORD: 'Hunter2/Hunter2' };
      const { stdout } = await run(
        'previewComment',
        ['--revision', 'abcdef0', '--no-cluster', '--stacks', 'canary-1'],
        { env },
      );
      assert.match(stdout, /canary:timezone: .*; found "\[secret\]"/);
    });
  });

  describe('npm run post-comment', () => {
    const COMMENT = '<!-- denis-canary:preview -->\ntext\n';
    const post = (env: NodeJS.ProcessEnv, text = COMMENT, ...more: string[]): Promise<CommandResult> => {
      writeFileSync(path.join(folder, 'comment.md'), text);
      const args = ['--file', 'comment.md', '--repository', 'team/denis', '--pull-request', '7', ...more];
      return run('postComment', args, { env });
    };

    it('writes the file as the comment of the pull request, with the token and at the address of the environment', () =>
      withServer(
        ({ method }, response) =>
          response.writeHead(method === 'POST' ? 201 : 200).end(method === 'POST' ? '{}' : '[]'),
        async ({ origin, received }) => {
          const { code, stdout, stderr } = await post({ GITHUB_TOKEN: 'token-1', GITHUB_API_URL: origin });
          assert.deepEqual([code, stdout], [0, 'comment: created\n'], stderr);
          assert.equal(received[1]?.url, '/repos/team/denis/issues/7/comments');
          assert.deepEqual(JSON.parse(received[1]?.body ?? ''), { body: COMMENT });
          assert.equal(received[1]?.headers.authorization, 'Bearer token-1');
          assert.equal(
            (await post({ GITHUB_TOKEN: 'token-1', GITHUB_API_URL: origin }, COMMENT, '--update-only')).stdout,
            'comment: none\n',
          );
        },
      ));

    it('says what is wrong before it asks anybody', async () => {
      const env = { GITHUB_TOKEN: 'token-1', GITHUB_API_URL: 'http://127.0.0.1:1' };
      const failed = async (call: Promise<CommandResult>): Promise<string> => {
        const { code, stderr } = await call;
        assert.notEqual(code, 0);
        assert.doesNotMatch(stderr, /^ +at /m, 'no stack');
        return stderr;
      };
      assert.match(await failed(post({})), /^GITHUB_TOKEN is not set$/m);
      assert.match(await failed(post(env, 'something else')), /is no comment of preview-comment/);
      assert.match(await failed(post(env, COMMENT, '--repository', 'a/b/c')), /expected owner\/name/);
      assert.match(await failed(post(env, COMMENT, '--pull-request', '7; x')), /expected the number of a pull request/);
      assert.match(await failed(post(env, COMMENT, '--file', 'none.md')), /none\.md cannot be read/);
    });
  });
});
