import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { stringify } from 'yaml';

/** Runs `promtool` on these files, each as YAML. @returns its exit code and all it said */
export async function promtool(
  args: readonly string[],
  files: Readonly<Record<string, unknown>>,
): Promise<{ readonly code: number; readonly output: string }> {
  const folder = mkdtempSync(path.join(tmpdir(), 'promtool-'));
  try {
    for (const [name, content] of Object.entries(files)) {
      writeFileSync(path.join(folder, name), stringify(content, { aliasDuplicateObjects: false }));
    }
    return await new Promise((resolve, reject) => {
      execFile('promtool', args, { cwd: folder, timeout: 120_000 }, (error, stdout, stderr) => {
        if (typeof error?.code === 'string' || error?.killed) reject(error);
        else resolve({ code: Number(error?.code ?? 0), output: stdout + stderr });
      });
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** One test group of `promtool test rules`. */
export interface RuleTest {
  readonly name: string;
  readonly interval: string;
  readonly input_series: readonly { readonly series: string; readonly values: string }[];
  readonly promql_expr_test?: readonly {
    readonly expr: string;
    readonly eval_time: string;
    readonly exp_samples: readonly { readonly labels: string; readonly value: number }[];
  }[];
  readonly alert_rule_test?: readonly {
    readonly alertname: string;
    readonly eval_time: string;
    readonly exp_alerts: readonly {
      readonly exp_labels: Readonly<Record<string, string>>;
      readonly exp_annotations: Readonly<Record<string, string>>;
    }[];
  }[];
}

/** Runs unit tests against rule groups, evaluated once per interval. @returns what promtool said, where it was not content */
export async function testRules(
  groups: unknown,
  interval: string,
  tests: readonly RuleTest[],
): Promise<string | undefined> {
  const files = {
    'rules.yml': { groups },
    'tests.yml': { rule_files: ['rules.yml'], evaluation_interval: interval, tests },
  };
  const { code, output } = await promtool(['test', 'rules', 'tests.yml'], files);
  return code === 0 ? undefined : output;
}
