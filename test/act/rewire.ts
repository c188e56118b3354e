import assert from 'node:assert/strict';
import { restoreDenis, rewireDenis } from '../../act/rewire';
import { containerNamed, wiringOf } from '../../observe/environment';
import type { Kubectl } from '../../observe/kubectl';
import { declare, latch, templateOf, type World } from './support/world';

const WIRED = { pct: { kind: 'wired' }, enabled: { kind: 'wired' } };

export function rewireTests(world: () => World): void {
  const setEnv = (...pairs: string[]) => world().person('set', 'env', 'deployment/denis', ...pairs);
  const wiring = async () => wiringOf(containerNamed((await world().deployment('denis')).spec.template.spec, 'denis'));
  /** A kubectl before whose first patch somebody else does something. */
  const disturbed = (before: () => Promise<unknown>): Kubectl => {
    let patches = 0;
    return async (args, options) => {
      if (args.includes('--type=strategic') && patches++ === 0) await before();
      return world().kubectl(args, options);
    };
  };

  describe('rewireDenis', () => {
    const rewire = (kubectl = world().kubectl) => rewireDenis(kubectl, world().cluster);
    const table: [string, [number, boolean], string[], { pct: string; enabled: string; move: string }][] = [
      [
        'takes an off set by hand over',
        [10, true],
        ['DENIS_MATERIALIZERS_ENABLED=false'],
        { pct: '10', enabled: 'false', move: '21' },
      ],
      [
        'takes a lower percentage set by hand over',
        [10, true],
        ['DENIS_MATERIALIZERS_PCT=5'],
        { pct: '5', enabled: 'true', move: '21' },
      ],
      [
        'takes no higher percentage over',
        [10, true],
        ['DENIS_MATERIALIZERS_PCT=50'],
        { pct: '10', enabled: 'true', move: '20' },
      ],
      [
        'turns nothing on',
        [10, false],
        ['DENIS_MATERIALIZERS_ENABLED=true'],
        { pct: '10', enabled: 'false', move: '20' },
      ],
      ['leaves what is wired alone', [10, true], [], { pct: '10', enabled: 'true', move: '20' }],
    ];
    for (const [title, [pct, enabled], pairs, expected] of table) {
      it(title, async () => {
        await declare(world(), pct, enabled, 20);
        if (pairs.length > 0) await setEnv(...pairs);
        await rewire();
        assert.deepEqual(await wiring(), WIRED);
        assert.deepEqual(await templateOf(world()), expected);
      });
    }

    it('looks again when somebody turns the feature off in between', async () => {
      await declare(world(), 10, true, 20);
      await setEnv('DENIS_MATERIALIZERS_PCT=5');
      await rewire(disturbed(() => setEnv('DENIS_MATERIALIZERS_ENABLED=false')));
      assert.deepEqual(await wiring(), WIRED);
      assert.deepEqual(await templateOf(world()), { pct: '5', enabled: 'false', move: '21' });
    });
  });

  describe('restoreDenis', () => {
    const restore = (move: number, percent: number, kubectl = world().kubectl) =>
      restoreDenis(kubectl, world().cluster, move, percent);

    it('puts the lower percentage back over what the raising move wrote', async () => {
      await declare(world(), 50, true, 30);
      await restore(30, 10);
      assert.deepEqual(await templateOf(world()), { pct: '10', enabled: 'true', move: '31' });
    });

    it('turns the feature off where off was asked for', async () => {
      await declare(world(), 50, true, 30);
      await restore(30, 0);
      assert.deepEqual(await templateOf(world()), { pct: '0', enabled: 'false', move: '31' });
    });

    it('leaves the write of somebody who wrote after the raising move', async () => {
      await declare(world(), 50, true, 30);
      await restore(
        30,
        10,
        disturbed(() => declare(world(), 1, false, 31)),
      );
      assert.deepEqual(await templateOf(world()), { pct: '1', enabled: 'false', move: '31' });
    });

    it('leaves a latched Deployment as it is', async () => {
      await declare(world(), 50, false, 30);
      await latch(world(), 'ana');
      await restore(30, 10);
      await latch(world(), null);
      assert.deepEqual(await templateOf(world()), { pct: '50', enabled: 'false', move: '30' });
    });

    it('never raises, and never turns on', async () => {
      await declare(world(), 10, true, 30);
      await restore(30, 50);
      assert.equal((await templateOf(world())).pct, '10');
      await declare(world(), 50, false, 30);
      await restore(30, 10);
      assert.deepEqual(await templateOf(world()), { pct: '10', enabled: 'false', move: '31' });
    });
  });
}
