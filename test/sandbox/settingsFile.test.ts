import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parse } from 'yaml';
import { addressBlock } from '../../sandbox/addressBlock';
import { stackSettings, writeSettingsFile } from '../../sandbox/settingsFile';

describe('sandbox settings file', () => {
  it('keeps the salt that the CLI wrote beside the settings', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'denis-settings-'));
    try {
      const file = path.join(folder, 'settings.yaml');
      writeFileSync(file, 'encryptionsalt: v1:abc\n');
      writeSettingsFile(file, stackSettings(addressBlock(0), 'uid-1', 7200, '/sandbox/journal', 'own'));
      assert.deepEqual(parse(readFileSync(file, 'utf8')), {
        encryptionsalt: 'v1:abc',
        config: {
          'canary:context': 'denis-sandbox',
          'canary:clusterUid': 'uid-1',
          'canary:prometheus': 'http://127.0.0.1:20004',
          'canary:redis': 'redis://127.0.0.1:20003',
          'canary:chat': 'http://127.0.0.1:20005/chat',
          'canary:podAccess': 'direct',
          'canary:timeScale': 7200,
          'canary:scrapeInterval': '1s',
          'canary:minimumJobs': 5,
          'canary:ruleMinimumJobs': 5,
          'canary:ruleMinimumFailed': 3,
          'canary:journal': '/sandbox/journal',
          'canary:watcher': 'own',
        },
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
