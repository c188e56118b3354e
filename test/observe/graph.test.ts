import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import neo4j from 'neo4j-driver';
import { readGraph } from '../../observe/graph';
import type { GraphAccess } from '../../observe/graphAccess';
import { type Neo4jServer, PASSWORD, startNeo4j } from './support/neo4j';

const reasonOf = async (access: GraphAccess, timeoutMs?: number): Promise<string> => {
  const found = await readGraph(access, timeoutMs === undefined ? {} : { timeoutMs });
  assert.equal(found.kind, 'unreadable');
  const { reason } = found as { readonly reason: string };
  assert.ok(!reason.includes(access.password), reason);
  return reason;
};

describe('observe/graph', () => {
  describe('with a real Neo4j 5', function () {
    this.timeout(60_000);
    let server: Neo4jServer | undefined;
    let access: GraphAccess;
    before(async function () {
      this.timeout(700_000);
      server = await startNeo4j();
      if (server === undefined) return this.skip();
      access = { uri: server.uri, user: 'neo4j', password: PASSWORD };
    });
    after(async () => server?.stop());

    async function cypher(...queries: string[]): Promise<void> {
      const driver = neo4j.driver(access.uri, neo4j.auth.basic(access.user, access.password));
      try {
        for (const query of queries) await driver.executeQuery(query);
      } finally {
        await driver.close();
      }
    }

    it('says that the label was never there, instead of a count of 0', async () => {
      assert.deepEqual(await readGraph(access, { timeoutMs: 50_000 }), {
        kind: 'read',
        value: { lastHour: 0, total: 0, labelKnown: false },
      });
    });

    it('counts the nodes of the last hour and all of them, and knows their age', async () => {
      await cypher(
        "UNWIND range(1, 7) AS i CREATE (:Materializer {created: datetime() - duration('PT10M')})",
        "UNWIND range(1, 3) AS i CREATE (:Materializer {created: datetime() - duration('P2D')})",
        'CREATE (:Other {created: datetime()})',
      );
      const found = await readGraph(access, { timeoutMs: 50_000 });
      assert.ok(found.kind === 'read', JSON.stringify(found));
      const { lastHour, total, averageAge, labelKnown } = found.value;
      assert.deepEqual([lastHour, total, labelKnown], [7, 10, true]);
      const expected = (7 * 600 + 3 * 2 * 86_400) / 10;
      assert.ok(averageAge! >= expected && averageAge! < expected + 300, `${averageAge} s`);
    });

    it('has no age where no node says when it was created', async () => {
      await cypher('MATCH (m:Materializer) REMOVE m.created');
      assert.deepEqual(await readGraph(access, { timeoutMs: 50_000 }), {
        kind: 'read',
        value: { lastHour: 0, total: 10, labelKnown: true },
      });
    });

    it('says so where created is no time', async () => {
      await cypher("MATCH (m:Materializer) SET m.created = 'yesterday'");
      assert.match(await reasonOf(access, 50_000), /: property created of a Materializer node is no date and time$/);
    });

    it('names a wrong password, and shows none', async () => {
      const reason = await reasonOf({ ...access, password: 'wrong-one' }, 50_000);
      assert.match(reason, /: user neo4j was refused; check NEO4J_USER and NEO4J_PASSWORD$/);
    });

    it('names a database that is not there', async () => {
      assert.match(await reasonOf({ ...access, database: 'elsewhere' }, 50_000), /: there is no database elsewhere$/);
    });

    it('says that nothing answers once the server is gone', async () => {
      await server?.stop();
      assert.match(await reasonOf(access, 50_000), /^Neo4j at 127\.0\.0\.1:\d+: it does not answer \(/);
    });
  });

  it('gives up on a server that says nothing, and on one that nobody waits for any more', async () => {
    const silent = createServer((socket) => socket.on('error', () => {})).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    const access = { uri: `bolt://127.0.0.1:${port}`, user: 'neo4j', password: 'p4ss' };
    try {
      assert.match(await reasonOf(access, 300), /no answer within 0\.3 s|does not answer/);
      const found = await readGraph(access, { signal: AbortSignal.abort() });
      assert.ok(found.kind === 'unreadable' && /stopped before it answered/.test(found.reason));
    } finally {
      silent.close();
    }
  });

  it('says what is wrong with an address that Neo4j does not have', async () => {
    const reason = await reasonOf({ uri: 'http://127.0.0.1:1', user: 'neo4j', password: 'p4ss' });
    assert.match(reason, /^Neo4j at 127\.0\.0\.1:1: Unknown scheme: http$/);
  });
});
