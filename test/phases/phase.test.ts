import assert from 'node:assert/strict';
import { LADDER } from '../../phases/ladder';
import type { MatrixRow, PhaseName } from '../../phases/phase';

/** The plan's decision matrix. */
const MATRIX: Record<PhaseName, object> = {
  'canary-1': { successAbove: 'PROMOTE', successNotAbove: 'HOLD', errorAboveFivePercent: 'ROLLBACK' },
  'canary-10': {
    successAbove: 'PROMOTE',
    successNotAbove: 'HOLD',
    errorAboveFivePercent: 'ROLLBACK',
    rollbackAfter: 24 * 3600,
  },
  'canary-50': { successAbove: 'PROMOTE', successNotAbove: 'ROLLBACK', errorAboveFivePercent: 'ROLLBACK' },
  'canary-100': { successAbove: 'MONITOR', successNotAbove: 'ROLLBACK', errorAboveFivePercent: 'EMERGENCY' },
};

describe('phases/phase', () => {
  for (const { name, matrix } of LADDER) {
    it(`gives ${name} its row of the matrix`, () => {
      const row: MatrixRow = matrix;
      assert.deepEqual(row, MATRIX[name]);
    });
  }
});
