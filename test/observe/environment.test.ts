import assert from 'node:assert/strict';
import { exposureOf, wiringOf } from '../../observe/environment';
import type { Container, EnvironmentVariable } from '../../observe/kubeObjects';

const PCT = 'DENIS_MATERIALIZERS_PCT';
const ENABLED = 'DENIS_MATERIALIZERS_ENABLED';
const fromAnnotation = (name: string, annotation: string): EnvironmentVariable => ({
  name,
  valueFrom: { fieldRef: { fieldPath: `metadata.annotations['canary.denis.run/${annotation}']` } },
});
const WIRED = [fromAnnotation(PCT, 'pct'), fromAnnotation(ENABLED, 'enabled')];
const container = (...env: EnvironmentVariable[]): Container => ({ name: 'denis', env });
const notes = (pct: string, enabled: string) => ({ 'canary.denis.run/pct': pct, 'canary.denis.run/enabled': enabled });

describe('wiringOf', () => {
  it('tells wired, explicit, otherwise sourced and absent variables apart', () => {
    assert.deepEqual(wiringOf(container(...WIRED)), { pct: { kind: 'wired' }, enabled: { kind: 'wired' } });
    assert.deepEqual(wiringOf(container({ name: PCT, value: '10' }, { name: ENABLED })), {
      pct: { kind: 'explicit', value: '10' },
      enabled: { kind: 'explicit', value: '' },
    });
    const elsewhere = { name: ENABLED, valueFrom: { configMapKeyRef: { name: 'flags', key: 'on' } } };
    assert.deepEqual(wiringOf(container(fromAnnotation(PCT, 'percent'), elsewhere as EnvironmentVariable)), {
      pct: { kind: 'other', source: "metadata.annotations['canary.denis.run/percent']" },
      enabled: { kind: 'other', source: 'configMapKeyRef' },
    });
    assert.deepEqual(wiringOf(container()), { pct: { kind: 'absent' }, enabled: { kind: 'absent' } });
    assert.deepEqual(wiringOf(undefined), { pct: { kind: 'absent' }, enabled: { kind: 'absent' } });
  });

  it('does not take the variables for each other', () => {
    const crossed = container(fromAnnotation(PCT, 'enabled'), fromAnnotation(ENABLED, 'pct'));
    assert.equal(wiringOf(crossed).pct.kind, 'other');
    assert.equal(wiringOf(crossed).enabled.kind, 'other');
  });

  it('lets the last of two entries win, as the kubelet does', () => {
    const twice = container(...WIRED, { name: ENABLED, value: 'false' });
    assert.deepEqual(wiringOf(twice).enabled, { kind: 'explicit', value: 'false' });
  });
});

describe('exposureOf', () => {
  const table: [string, Container | undefined, Record<string, string>, number | undefined, boolean | undefined][] = [
    ['wired, annotations set', container(...WIRED), notes('10', 'true'), 10, true],
    ['wired, turned off', container(...WIRED), notes('10', 'false'), 10, false],
    ['wired, annotations missing', container(...WIRED), {}, 0, false],
    ['wired, a word for the percentage', container(...WIRED), notes('ten', 'true'), undefined, true],
    ['wired, 101 percent', container(...WIRED), notes('101', 'true'), undefined, true],
    ['wired, -1 percent', container(...WIRED), notes('-1', 'true'), undefined, true],
    ['wired, half a percent', container(...WIRED), notes('0.5', 'true'), 0.5, true],
    ['wired, blank percentage', container(...WIRED), notes(' ', 'true'), 0, true],
    ['wired, any other word than true', container(...WIRED), notes('10', 'True'), 10, false],
    [
      'explicit values beat the annotations',
      container({ name: PCT, value: '50' }, { name: ENABLED, value: 'false' }),
      notes('10', 'true'),
      50,
      false,
    ],
    [
      'the last explicit value of a name wins over the wired one before it',
      container(...WIRED, { name: PCT, value: '25' }),
      notes('10', 'true'),
      25,
      true,
    ],
    [
      'another source cannot be known',
      container(fromAnnotation(PCT, 'percent'), WIRED[1]!),
      notes('10', 'true'),
      undefined,
      true,
    ],
    ['without the variables nothing is served', container(), notes('10', 'true'), 0, false],
    ['without the container it cannot be known', undefined, notes('10', 'true'), undefined, undefined],
  ];
  for (const [title, which, annotations, pct, enabled] of table) {
    it(`${title}: ${pct} %, enabled ${enabled}`, () => {
      assert.deepEqual(exposureOf(which, annotations), { pct, enabled });
    });
  }
});
