import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseClusterSettings } from '../../phases/settings';
import { UserError } from '../../phases/userError';
import { readStackSettings } from '../../scripts/stackSettings';

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
});
