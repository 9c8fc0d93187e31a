import fc from 'fast-check';
import { expect, test } from 'vitest';
import { auc } from '../../src/statistics/auc.ts';
import { concordance } from '../../src/statistics/concordance.ts';

const few = fc.array(fc.record({ score: fc.integer({ min: 0, max: 5 }), label: fc.integer({ min: 0, max: 4 }) }), { maxLength: 40 });

test('it is the share of pairs with different labels that are in order, equal scores counting half', () => {
  fc.assert(
    fc.property(few, (rows) => {
      let [pairs, inOrder] = [0, 0];
      for (const one of rows)
        for (const other of rows) {
          if (one.label <= other.label) continue;
          pairs += 1;
          inOrder += one.score > other.score ? 1 : one.score === other.score ? 0.5 : 0;
        }
      const found = concordance(
        rows.map(({ score }) => score),
        rows.map(({ label }) => label),
      );
      if (pairs === 0) expect(found).toBeNaN();
      else expect(found).toBeCloseTo(inOrder / pairs, 12);
    }),
  );
});

test('of labels that are 0 and 1 it is the AUC', () => {
  fc.assert(
    fc.property(few, (rows) => {
      const scores = rows.map(({ score }) => score);
      const labels = rows.map(({ label }) => Number(label > 1));
      const [c, area] = [concordance(scores, labels), auc(scores, labels)];
      expect(Number.isNaN(c) ? null : c.toFixed(12)).toBe(Number.isNaN(area) ? null : area.toFixed(12));
    }),
  );
});
