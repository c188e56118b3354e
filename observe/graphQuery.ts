import neo4j, { type Driver, type Duration, type QueryResult, type Session } from 'neo4j-driver';
import { type Seconds, seconds } from '../phases/units';
import { reasonOf } from '../phases/userError';
import { type Reading, read, unreadable } from '../rollout/cluster';
import type { GraphCounts } from '../rollout/graphIntegrity';
import type { GraphAccess } from './graphAccess';

/** The plan's queries, word for word. */
export const LAST_HOUR = "MATCH (m:Materializer) WHERE m.created > datetime() - duration('PT1H') RETURN count(m)";
export const ALL =
  'MATCH (m:Materializer) RETURN count(m) as total, avg(duration.between(m.created, datetime())) as avg_age';

const UNKNOWN_LABEL = 'Neo.ClientNotification.Statement.UnknownLabelWarning';

/**
 * Asks the plan's two queries by one connection that can only read. Nothing is tried twice. Never throws: what cannot be read is
 * said in one sentence without the password.
 */
export async function queryGraph(access: GraphAccess, timeoutMs: number): Promise<Reading<GraphCounts>> {
  let driver: Driver | undefined;
  try {
    driver = connect(access, timeoutMs);
    const session = driver.session({
      defaultAccessMode: 'READ',
      ...(access.database === undefined ? {} : { database: access.database }),
    });
    return read(await ask(session, timeoutMs));
  } catch (thrown) {
    return unreadable(reasonFor(thrown, access).replaceAll(access.password, '[secret]'));
  } finally {
    await driver?.close().catch(() => {});
  }
}

function connect({ uri, user, password }: GraphAccess, timeoutMs: number): Driver {
  return neo4j.driver(uri, neo4j.auth.basic(user, password), {
    connectionTimeout: timeoutMs,
    connectionAcquisitionTimeout: timeoutMs,
    maxTransactionRetryTime: 0,
    maxConnectionPoolSize: 1,
    disableLosslessIntegers: true,
    telemetryDisabled: true,
  });
}

async function ask(session: Session, timeoutMs: number): Promise<GraphCounts> {
  const lastHour = await session.run(LAST_HOUR, {}, { timeout: timeoutMs });
  const all = await session.run(ALL, {}, { timeout: timeoutMs });
  const age = all.records[0]?.get('avg_age') as Duration<number> | null | undefined;
  return {
    lastHour: numberIn(lastHour, 'count(m)'),
    total: numberIn(all, 'total'),
    ...(age === null || age === undefined ? {} : { averageAge: lengthOf(age) }),
    labelKnown: !all.summary.notifications.some(({ code }) => code === UNKNOWN_LABEL),
  };
}

function numberIn({ records }: QueryResult, key: string): number {
  const value: unknown = records[0]?.get(key);
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw new Error(`expected a number as ${key}, found ${value === undefined ? 'nothing' : typeof value}`);
}

/** A month has no fixed length: that of the mean Gregorian year. */
const MONTH = (365.2425 / 12) * 86_400;
const lengthOf = (age: Duration<number>): Seconds =>
  seconds(age.months * MONTH + age.days * 86_400 + age.seconds + age.nanoseconds / 1e9);

/** What the driver's codes mean for a person. */
function reasonFor(thrown: unknown, { user, database }: GraphAccess): string {
  const code = String((thrown as { code?: unknown }).code ?? '');
  if (/\.Security\.(Unauthorized|AuthenticationRateLimit|CredentialsExpired)$/.test(code))
    return `user ${user} was refused; check NEO4J_USER and NEO4J_PASSWORD`;
  if (/\.Security\.Forbidden$/.test(code)) return `user ${user} may not read; grant it to read nodes Materializer`;
  if (/\.Database\.DatabaseNotFound$/.test(code)) return `there is no database ${database ?? 'of that user'}`;
  if (/TransactionTimedOut/.test(code))
    return 'the query took longer than it may; is there an index on Materializer(created)?';
  const said = firstLine(thrown);
  // The server's own words hold the value that it found.
  if (/\.Statement\.(Type|Argument)Error$/.test(code) || said.startsWith('Invalid call signature for '))
    return 'property created of a Materializer node is no date and time';
  if (/^(ServiceUnavailable|SessionExpired)$/.test(code)) return `it does not answer (${said})`;
  return said;
}

const firstLine = (thrown: unknown): string =>
  (reasonOf(thrown).split('\n')[0] ?? '').replace(/[.\s]+$/, '').slice(0, 300);
