import assert from 'node:assert/strict';
import { LADDER, phaseAfter, phaseNamed, phaseServing, phaseWatching } from '../../phases/ladder';
import { PHASE_NAMES } from '../../phases/phase';

describe('phases/ladder', () => {
  it('climbs canary-1, canary-10, canary-50, canary-100, in this order', () => {
    const names = ['canary-1', 'canary-10', 'canary-50', 'canary-100'];
    assert.deepEqual([...PHASE_NAMES], names);
    assert.deepEqual(
      LADDER.map(({ name }) => name),
      names,
    );
  });

  // The plan's first table: exposure in percent, days, window in hours, floor of the workers in replicas.
  const rows = [
    { name: 'canary-1', exposure: 1, days: '1', windowHours: 4, workerFloor: 2 },
    { name: 'canary-10', exposure: 10, days: '2–3', windowHours: 24, workerFloor: 3 },
    { name: 'canary-50', exposure: 50, days: '4–5', windowHours: 48, workerFloor: 6 },
    { name: 'canary-100', exposure: 100, days: '6+', windowHours: 72, workerFloor: 10 },
  ] as const;
  for (const row of rows) {
    it(`gives ${row.name} ${row.exposure} %, ${row.windowHours} h, days ${row.days} and at least ${row.workerFloor} workers`, () => {
      const phase = phaseNamed(row.name);
      assert.ok(phase !== undefined);
      const { exposure, days, window, workerFloor } = phase;
      assert.deepEqual(
        { exposure, days, window, workerFloor },
        { exposure: row.exposure, days: row.days, window: row.windowHours * 3600, workerFloor: row.workerFloor },
      );
    });
  }

  it('counts canary-1 from 08:00 to 12:00, Monday to Friday, to be activated from 06:00 on', () => {
    assert.deepEqual(phaseNamed('canary-1')?.hours, {
      from: '08:00',
      to: '12:00',
      activateFrom: '06:00',
      weekdays: [1, 2, 3, 4, 5],
    });
  });

  it('counts all hours of the other phases', () => {
    for (const name of ['canary-10', 'canary-50', 'canary-100']) assert.equal(phaseNamed(name)?.hours, undefined, name);
  });

  it('knows no other stack', () => {
    for (const name of ['', 'base', 'canary', 'canary-5', 'Canary-1', 'canary-1 ', '__proto__']) {
      assert.equal(phaseNamed(name), undefined, name);
    }
  });

  it('finds the phase that serves exactly a percentage', () => {
    const served = [0, 1, 2, 10, 25, 50, 99, 100].map((percent) => phaseServing(percent)?.name);
    assert.deepEqual(served, [
      undefined,
      'canary-1',
      undefined,
      'canary-10',
      undefined,
      'canary-50',
      undefined,
      'canary-100',
    ]);
  });

  it('watches a percentage between two phases with the limits of the next higher one', () => {
    const rows = [
      [0.5, 'canary-1'],
      [1, 'canary-1'],
      [2, 'canary-10'],
      [10, 'canary-10'],
      [25, 'canary-50'],
      [50, 'canary-50'],
      [51, 'canary-100'],
      [100, 'canary-100'],
      [101, undefined],
    ] as const;
    for (const [percent, name] of rows) assert.equal(phaseWatching(percent)?.name, name, `${percent} %`);
  });

  it('follows each phase by the next one, and the last by none', () => {
    assert.deepEqual(
      PHASE_NAMES.map((name) => phaseAfter(name)?.name),
      ['canary-10', 'canary-50', 'canary-100', undefined],
    );
  });
});
