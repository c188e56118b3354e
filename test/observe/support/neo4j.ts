import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { sandboxFile } from '../../../sandbox/checkout';
import { waitFor } from '../../../sandbox/waitFor';

const INSTALL_MS = 240_000;
const RESOLVE_MS = 240_000;
const START_MS = 120_000;
export const PASSWORD = 'pass-of-the-test';

export interface Neo4jServer {
  readonly uri: string;
  stop(): Promise<void>;
}

/** A real Neo4j 5 of its own. Undefined: this machine cannot run one, and why was said. */
export async function startNeo4j(): Promise<Neo4jServer | undefined> {
  const folder = mkdtempSync(path.join(tmpdir(), 'denis-neo4j-'));
  const jars = path.join(folder, 'classpath');
  const why = (missing() === undefined ? undefined : (install() ?? missing())) ?? resolve(jars);
  if (why !== undefined) {
    rmSync(folder, { recursive: true, force: true });
    console.error(
      `\n*** NOT TESTED: the graph against a real Neo4j. ${why}. Put java (a JDK, 17 to 21) and mvn on PATH. ***\n`,
    );
    return undefined;
  }
  try {
    return await serve(folder, jars);
  } catch (thrown) {
    rmSync(folder, { recursive: true, force: true });
    throw thrown;
  }
}

/** Has Maven fetch Neo4j, and writes where its jars are. @returns why it could not */
function resolve(jars: string): string | undefined {
  const maven = ['-q', '-B', '-f', sandboxFile('neo4j', 'pom.xml'), 'dependency:build-classpath'];
  try {
    execFileSync('mvn', [...maven, `-Dmdep.outputFile=${jars}`], { stdio: 'pipe', timeout: RESOLVE_MS });
    return undefined;
  } catch (thrown) {
    return `Maven could not fetch Neo4j (${(thrown as Error).message.split('\n')[0]})`;
  }
}

async function serve(folder: string, jars: string): Promise<Neo4jServer> {
  // The quick compiler alone: most of a short life is the start.
  const java = ['-Xmx512m', '-XX:TieredStopAtLevel=1', '-cp', readFileSync(jars, 'utf8').trim()];
  const child = spawn('java', [...java, sandboxFile('neo4j', 'Server.java'), path.join(folder, 'db'), PASSWORD]);
  let said = '';
  let port: string | undefined;
  child.stderr.on('data', (chunk) => {
    said = `${said}${chunk}`.slice(-4_000);
  });
  createInterface({ input: child.stdout }).on('line', (line) => {
    port ??= /^bolt (\d+)$/.exec(line)?.[1];
  });
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    }
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  const started = (): string | undefined => {
    if (child.exitCode !== null) throw new Error(`Neo4j ended with code ${child.exitCode}: ${said}`);
    return port;
  };
  try {
    const found = await waitFor(async () => started(), { what: 'Neo4j to listen', deadlineMs: START_MS });
    return { uri: `bolt://127.0.0.1:${found}`, stop };
  } catch (thrown) {
    await stop();
    throw thrown;
  }
}

/** @returns what this machine lacks */
function missing(): string | undefined {
  try {
    execFileSync('mvn', ['--version'], { stdio: 'ignore', timeout: 60_000 });
    const said = execFileSync('javac', ['-version'], { encoding: 'utf8', timeout: 60_000, stdio: 'pipe' });
    const major = Number(/javac (\d+)/.exec(said)?.[1]);
    return major >= 17 && major <= 21 ? undefined : `Java here is ${said.trim()}, Neo4j 5 runs on 17 to 21`;
  } catch (thrown) {
    return `There is no JDK or no Maven here (${(thrown as Error).message.split('\n')[0]})`;
  }
}

/** @returns why they could not be installed */
function install(): string | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return missing();
  const options = {
    stdio: 'ignore',
    timeout: INSTALL_MS,
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  } as const;
  try {
    execFileSync('apt-get', ['update', '-qq'], options);
    const packages = ['openjdk-17-jdk-headless', 'maven'];
    execFileSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], options);
    return undefined;
  } catch (thrown) {
    return `apt-get could not install a JDK and Maven (${(thrown as Error).message.split('\n')[0]})`;
  }
}
