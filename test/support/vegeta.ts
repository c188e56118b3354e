import path from 'node:path';
import { checkoutRoot } from '../../sandbox/checkout';

interface SetUp {
  readonly paths: Readonly<Record<string, string>>;
}

/** The load generator, made by the first test that needs it. */
export async function vegeta(): Promise<string> {
  const tools = path.join(checkoutRoot(), 'tools');
  const { setUp } = require(path.join(tools, 'setup.js')) as { setUp: (options: object) => Promise<SetUp> };
  const { onDemand } = require(path.join(tools, 'catalog.js')) as { onDemand: object[] };
  const { paths } = await setUp({ stderr: process.stderr, env: process.env, catalog: onDemand });
  return paths['vegeta']!;
}
