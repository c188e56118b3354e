import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { podAccessFor } from '../../observe/podAccess';
import { parseClusterSettings } from '../../phases/settings';
import type { PodState } from '../../rollout/cluster';
import { waitFor } from '../../sandbox/waitFor';
import { withServer } from './support/loopback';
import { runs, type StandIn, standIn } from './support/standIn';

const settings = (podAccess: string) =>
  parseClusterSettings({ context: 'here', clusterUid: 'uid', namespace: 'ns', port: 8084, podAccess });
const pod = (ip: string | undefined): PodState => ({
  name: 'denis-a',
  ip,
  ready: true,
  replicaSet: 'rs',
  move: 1,
  serves: { pct: 1, enabled: true },
});

describe('podAccessFor', function () {
  this.timeout(10_000);

  describe('direct', () => {
    const access = podAccessFor(settings('direct'), {});
    const originOf = (ip: string | undefined) => access(pod(ip), async (origin) => origin);

    it("is the pod's own address and the port of the settings", async () => {
      assert.equal(await originOf('10.0.0.7'), 'http://10.0.0.7:8084');
    });
    it('puts an address of version 6 in brackets', async () => {
      assert.equal(await originOf('fd00::7'), 'http://[fd00::7]:8084');
    });
    it('refuses a pod that has no address yet', () => {
      assert.throws(() => originOf(undefined), /it has no address yet/);
    });
  });

  describe('port-forward', () => {
    let kubectl: StandIn;
    afterEach(() => kubectl.remove());

    /** A kubectl that says it forwards to this port, in two pieces, and stays until it is ended. */
    const forwarding = (port: number): string =>
      [
        'echo $$ > "$FOLDER/pid"; printf "%s\\n" "$@" > "$FOLDER/arguments"',
        `printf 'Forwarding from 127.0.'; printf '0.1:${port} -> 8084\\nForwarding from [::1]:1 -> 8084\\n'`,
        'exec sleep 60',
      ].join('\n');
    const ended = (pid: number) =>
      waitFor(async () => (runs(pid) ? undefined : true), { what: 'port-forward to end', deadlineMs: 5_000 });

    it('reaches the pod through one kubectl, which ends with the use', async () => {
      await withServer(
        (_, response) => response.end('here I am'),
        async ({ port }) => {
          kubectl = standIn('kubectl', forwarding(port));
          const access = podAccessFor(settings('port-forward'), kubectl.env);
          const text = await access(pod(undefined), async (origin) => (await fetch(`${origin}/x`)).text());
          assert.equal(text, 'here I am');
          assert.deepEqual(kubectl.written('arguments').trimEnd().split('\n'), [
            '--context=here',
            '--namespace=ns',
            'port-forward',
            'pod/denis-a',
            ':8084',
            '--address=127.0.0.1',
          ]);
          await ended(Number(kubectl.written('pid')));
        },
      );
    });

    it('ends the kubectl also when the use fails', async () => {
      kubectl = standIn('kubectl', forwarding(1));
      const access = podAccessFor(settings('port-forward'), kubectl.env);
      await assert.rejects(
        access(pod(undefined), async () => {
          throw new Error('the use failed');
        }),
        /^Error: the use failed$/,
      );
      await ended(Number(kubectl.written('pid')));
    });

    it("says kubectl's own words when it ends by itself, at once", async () => {
      kubectl = standIn('kubectl', 'echo \'Error from server (NotFound): pods "denis-a" not found\' >&2; exit 1');
      const access = podAccessFor(settings('port-forward'), kubectl.env);
      const started = performance.now();
      await assert.rejects(
        access(pod(undefined), async () => assert.fail('there is nothing to use')),
        /^Error: port-forward: Error from server \(NotFound\): pods "denis-a" not found$/,
      );
      assert.ok(performance.now() - started < 2_000);
    });

    it('leaves nothing behind that would hold its process', async () => {
      kubectl = standIn('kubectl', 'exit 1');
      const program = `
        const { podAccessFor } = require(${JSON.stringify(require.resolve('../../observe/podAccess'))});
        const access = podAccessFor({ podAccess: 'port-forward', context: 'here', namespace: 'ns', port: 1 }, process.env);
        access({ name: 'denis-a' }, async () => {}).catch((error) => console.log(error.message));`;
      const { stdout } = await promisify(execFile)(process.execPath, ['-e', program], {
        env: kubectl.env,
        timeout: 3_000,
      });
      assert.equal(stdout, 'port-forward: ended with 1\n');
    });

    it('says when kubectl is missing', async () => {
      kubectl = standIn('other', '');
      const access = podAccessFor(settings('port-forward'), { PATH: kubectl.folder });
      await assert.rejects(
        access(pod(undefined), async () => assert.fail()),
        /^Error: port-forward: .*ENOENT/,
      );
    });
  });
});
