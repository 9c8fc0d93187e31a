import fc from 'fast-check';
import { expect, test } from 'vitest';
import { countsWithin, numberHistogramOf } from '../../src/data/binned-counts.ts';
import { literal, withDuck } from '../../src/data/duck.ts';
import { binOf } from '../../src/domain/reference-profile.ts';

/** Just below, on and just above each edge, counted by DuckDB and by the code that counts requests. */
async function counted(edges: readonly number[]): Promise<{ byDuck: readonly number[]; byCode: readonly number[] }> {
  const values = edges.flatMap((edge) => [edge - Math.abs(edge) / 1e6, edge, edge + Math.abs(edge) / 1e6]);
  const byCode = new Array<number>(edges.length + 1).fill(0);
  for (const value of values) byCode[binOf(edges, value)]! += 1;
  const byDuck = await withDuck({}, async (duck) => {
    const rows = values.map((value) => `(${literal(String(value))}::double)`).join(', ');
    const [found] = await duck.all(`select ${countsWithin('x', edges)} as bins from (values ${rows}) as t(x)`);
    return numberHistogramOf(edges, found!.bins, { present: values.length, nulls: 0 }).counts;
  });
  return { byDuck, byCode };
}

test.each([[[1, 2, 3, 4, 5, 6, 9]], [[-5, 0, 0.1, 0.7, 30, 1234.5]], [[0.3, 1 / 3, 2 / 3, 1e15]], [[1e-9, 16, 17.3, 1e22]]])(
  'values on the edges %j fall into the same bins in SQL as in code',
  async (edges) => {
    const { byDuck, byCode } = await counted(edges);
    expect(byDuck).toEqual(byCode);
  },
);

test('so do those on any edges', async () => {
  const numbers = fc.oneof(fc.integer({ min: -50, max: 1_000 }), fc.double({ min: -1e6, max: 1e6, noNaN: true }));
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(numbers, { minLength: 1, maxLength: 9 }), async (drawn) => {
      const { byDuck, byCode } = await counted(drawn.map((value) => value + 0).toSorted((a, b) => a - b));
      expect(byDuck).toEqual(byCode);
    }),
    { numRuns: 60, seed: 1 },
  );
}, 120_000);
