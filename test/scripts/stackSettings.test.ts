import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseClusterSettings } from '../../phases/settings';
import { UserError } from '../../phases/userError';
import { readStackSettings } from '../../scripts/stackSettings';
import { type StandIn, standIn } from '../observe/support/standIn';

describe('readStackSettings', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'stack-settings-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const file = (name: string, text: string): string => {
    const where = path.join(folder, name);
    writeFileSync(where, text);
    return where;
  };
  const readFrom = (where: string) => readStackSettings('canary-1', { PULUMI_OPTION_CONFIG_FILE: where });
  function refusal(call: () => unknown): string {
    try {
      call();
    } catch (thrown) {
      assert.ok(thrown instanceof UserError, String(thrown));
      assert.equal(thrown.code, 'settings');
      return thrown.message;
    }
    return assert.fail('the settings were read');
  }

  it('reads the file that PULUMI_OPTION_CONFIG_FILE names: our keys, as values, and no others', () => {
    const text = [
      'encryptionsalt: v1:x',
      'config:',
      '  canary:context: here',
      '  canary:port: 8085',
      '  canary:enabled: false',
      '  canary:metrics: {queue_depth: {off: there is no queue}}',
      '  kubernetes:context: elsewhere',
      '  denis-canary:port: 1',
    ];
    assert.deepEqual(readFrom(file('all.yaml', text.join('\n'))), {
      context: 'here',
      port: 8085,
      enabled: false,
      metrics: { queue_depth: { off: 'there is no queue' } },
    });
  });

  it('reads Pulumi.<stack>.yaml of the folder otherwise', () => {
    const before = process.cwd();
    file('Pulumi.canary-10.yaml', 'config: {"canary:context": ten}');
    process.chdir(folder);
    try {
      assert.deepEqual(readStackSettings('canary-10', {}), { context: 'ten' });
      assert.match(
        refusal(() => readStackSettings('canary-11', {})),
        /^Pulumi\.canary-11\.yaml cannot be read; run this in the project's folder, with --stack one of base, canary-1,/,
      );
    } finally {
      process.chdir(before);
    }
  });

  it('says which file is missing', () => {
    const where = path.join(folder, 'none.yaml');
    assert.ok(refusal(() => readFrom(where)).startsWith(`${where} cannot be read; `));
  });

  it('says where a file is no YAML', () => {
    const where = file('bad.yaml', 'config:\n  canary:context: "open\n');
    assert.match(
      refusal(() => readFrom(where)),
      /bad\.yaml is no YAML: .*quote.* at line \d/,
    );
  });

  for (const text of ['', 'config:\n', 'other: 1\n', 'just text\n']) {
    it(`takes ${JSON.stringify(text)} for a stack without settings, of which the missing ones are named`, () => {
      const raw = readFrom(file('empty.yaml', text));
      assert.deepEqual(raw, {});
      assert.match(
        refusal(() => parseClusterSettings(raw)),
        /^canary:context: .*found nothing; set it with: pulumi config/,
      );
    });
  }

  describe('with secrets', () => {
    const text = 'config:\n  canary:context: here\n  canary:redis:\n    secure: v1:abc\n';
    const made: StandIn[] = [];
    after(() => {
      for (const one of made) one.remove();
    });
    const readWith = (script: string, content = text) => {
      const program = standIn('pulumi', script);
      made.push(program);
      const env = { ...program.env, PULUMI_OPTION_CONFIG_FILE: file('secret.yaml', content) };
      return { read: () => readStackSettings('canary-10', env, { secrets: true }), program };
    };
    const values = '{"canary:context":{"value":"here"},"canary:redis":{"value":"redis://:pw@there","secret":true}}';

    it('has pulumi show them, of this stack and this file', () => {
      const { read, program } = readWith(`echo "$@" > "$FOLDER/asked"; echo '${values}'`);
      assert.deepEqual(read(), { context: 'here', redis: 'redis://:pw@there' });
      const where = path.join(folder, 'secret.yaml');
      const asked = `config --show-secrets --json --non-interactive --stack canary-10 --config-file ${where}\n`;
      assert.equal(program.written('asked'), asked);
    });

    it('starts no pulumi where there is no secret, or where none is needed', () => {
      const { read } = readWith(
        'exit 99',
        'config:\n  canary:context: here\n  canary:metrics: {a: {secure: 1, b: 2}}\n',
      );
      assert.equal(read()['context'], 'here');
      assert.deepEqual(readFrom(file('secret.yaml', text))['redis'], { secure: 'v1:abc' });
    });

    it('says that pulumi could not show them, in its words', () => {
      const { read } = readWith('echo "error: incorrect passphrase" >&2; exit 255');
      assert.match(
        refusal(read),
        /secret\.yaml holds secrets, and `pulumi config` does not show them: error: incorrect passphrase$/,
      );
    });
  });
});
