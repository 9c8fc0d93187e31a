import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { FeatureSpec } from '../../src/domain/feature-spec.ts';
import { checkInstance } from '../../src/features/check-instance.ts';
import { type Column, type Columns, rowOf } from '../../src/features/columns.ts';
import { encodeColumns, encodeInto } from '../../src/features/encode.ts';
import { fitEncoder } from '../../src/features/encoder.ts';

const finite = fc.float({ noNaN: true, noDefaultInfinity: true });
const text = fc.oneof(
  fc.constantFrom('a', 'b', 'c'),
  fc.string({ minLength: 1, maxLength: 8 }).filter((value) => /^[^\s\0]+$/.test(value)),
);

const feature: fc.Arbitrary<FeatureSpec> = fc.record({
  name: fc.stringMatching(/^[a-z.]{1,8}$/),
  type: fc.constantFrom('number', 'category', 'boolean'),
  nullable: fc.boolean(),
  transform: fc.constantFrom('none', 'standardise', 'log'),
  maxCategories: fc.integer({ min: 1, max: 5 }),
  description: fc.constant(''),
  derive: fc.constant(null),
  monotone: fc.constant('none'),
  owner: fc.constant('ann'),
  version: fc.constant(1),
});

function columnOf({ type, nullable }: FeatureSpec, rows: number): fc.Arbitrary<Column> {
  const orNull = <T>(values: fc.Arbitrary<T>) =>
    fc.array(nullable ? fc.option(values, { freq: 3 }) : values, { minLength: rows, maxLength: rows });
  if (type === 'category') return orNull(text);
  if (type === 'boolean') return orNull(fc.boolean());
  return orNull(finite).map((values) => Float64Array.from(values, (value) => value ?? Number.NaN));
}

const table = fc
  .tuple(fc.uniqueArray(feature, { selector: ({ name }) => name, minLength: 1, maxLength: 6 }), fc.integer({ min: 1, max: 20 }))
  .chain(([features, rows]) =>
    fc.tuple(...features.map((each) => columnOf(each, rows))).map((columns) => ({
      features,
      rows,
      columns: new Map(features.map(({ name }, index) => [name, columns[index]!])) as Columns,
    })),
  );

test('a row from a snapshot and the same row from a request are the same numbers', () => {
  fc.assert(
    fc.property(table, ({ features, rows, columns }) => {
      const encoder = fitEncoder({ inputs: [], features }, columns);
      const trained = encodeColumns(encoder, columns, rows);
      for (let row = 0; row < rows; row++) {
        const checked = checkInstance(encoder, JSON.parse(JSON.stringify(rowOf(columns, row))));
        if (!checked.ok) throw new Error(JSON.stringify(checked.problems));
        const served = new Float32Array(encoder.width);
        encodeInto(encoder, checked.row, served, 0, Number.NaN);
        expect(served).toEqual(trained.subarray(row * encoder.width, (row + 1) * encoder.width));
      }
      expect(trained.every(Number.isFinite)).toBe(true);
    }),
    { numRuns: 300 },
  );
});
