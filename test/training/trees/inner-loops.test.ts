import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import wabt from 'wabt';
import { BINS } from '../../../src/training/trees/bins.ts';
import { histogramOfLeaf, subtract, WORD } from '../../../src/training/trees/histogram.ts';
import { allocate, type Memory, openMemory } from '../../../src/training/trees/memory.ts';

test('the compiled loops are what their source says', async () => {
  const { parseWat } = await wabt();
  const source = readFileSync(new URL('../../../src/training/trees/inner-loops.wat', import.meta.url), 'utf8');
  const code = Buffer.from(parseWat('inner-loops.wat', source, { threads: true }).toBinary({}).buffer).toString('base64');
  const lines = code.match(/.{1,120}/g)!.map((line) => `  '${line}'`);
  const file = `/** What \`inner-loops.wat\` compiles to; not written by hand. */\nexport const INNER_LOOPS = [\n${lines.join(',\n')},\n].join('');\n`;
  await expect(file).toMatchFileSnapshot('../../../src/training/trees/inner-loops-code.ts');
});

/** Bins of the rows, what each row adds, and which rows are in the leaf. */
const leaves = fc.record({ rows: fc.integer({ min: 1, max: 40 }), width: fc.integer({ min: 1, max: 13 }) }).chain(({ rows, width }) =>
  fc.record({
    rows: fc.constant(rows),
    width: fc.constant(width),
    bins: fc.array(fc.integer({ min: 0, max: BINS - 1 }), { minLength: rows * width, maxLength: rows * width }),
    numbers: fc.array(fc.integer({ min: -(2 ** 40), max: 2 ** 40 }), { minLength: rows, maxLength: rows }),
    inLeaf: fc.subarray(Array.from({ length: rows }, (_, row) => row)),
    slot: fc.nat(1),
  }),
);

test('every bin of a leaf has the sum of its rows, whichever words are taken at a time', () => {
  fc.assert(
    fc.property(leaves, fc.integer({ min: 1, max: 4 }), ({ rows, width, bins, numbers, inLeaf, slot }, wordsAGroup) => {
      const memory = memoryOf({ rows, width, bins, numbers, inLeaf });
      const begin = slot * memory.wordsARow * WORD;
      memory.histograms.fill(7);
      for (let fromWord = 0; fromWord < memory.wordsARow; fromWord += wordsAGroup) {
        const untilWord = Math.min(memory.wordsARow, fromWord + wordsAGroup);
        histogramOfLeaf(memory, { fromWord, untilWord, slot: begin }, { from: 0, until: inLeaf.length });
      }
      const expected = new Float64Array(width * BINS);
      for (const row of inLeaf)
        for (let place = 0; place < width; place++) expected[place * BINS + bins[row * width + place]!]! += numbers[row]!;
      expect(memory.histograms.subarray(begin, begin + width * BINS)).toEqual(expected);
      const other = (1 - slot) * memory.wordsARow * WORD;
      expect(memory.histograms.subarray(other, other + width * BINS).every((value) => value === 7)).toBe(true);
    }),
  );
});

test('a larger leaf has what its parent had without the smaller one', () => {
  const memory = memoryOf({ rows: 2, width: 1, bins: [3, 5], numbers: [10, 20], inLeaf: [1] });
  memory.histograms[3] = 10;
  memory.histograms[5] = 20;
  const span = { fromWord: 0, untilWord: 1 };
  histogramOfLeaf(memory, { ...span, slot: WORD }, { from: 0, until: 1 });
  subtract(memory, { ...span, slot: 0 }, WORD);
  expect([memory.histograms[3], memory.histograms[5]]).toEqual([10, 0]);
});

test('a leaf is divided as its bins say, each side in the order of its rows', () => {
  const anyLeaf = fc.record({ leaf: leaves, goesLeft: fc.array(fc.constantFrom(0, 1), { minLength: BINS, maxLength: BINS }) });
  fc.assert(
    fc.property(anyLeaf, ({ leaf, goesLeft }) => {
      const memory = memoryOf(leaf);
      const { loops, index, columns, lefts, rights } = memory;
      memory.goesLeft.set(goesLeft);
      const [place, end] = [leaf.width - 1, index.byteOffset + 4 * leaf.inLeaf.length];
      const column = columns.byteOffset + place * leaf.rows;
      const bytes = loops.divide(index.byteOffset, end, column, memory.goesLeft.byteOffset, lefts.byteOffset, rights.byteOffset);
      const isLeft = (row: number) => goesLeft[leaf.bins[row * leaf.width + place]!] === 1;
      expect([...lefts.subarray(0, bytes / 4)]).toEqual(leaf.inLeaf.filter(isLeft));
      expect([...rights.subarray(0, leaf.inLeaf.length - bytes / 4)]).toEqual(leaf.inLeaf.filter((row) => !isLeft(row)));
    }),
  );
});

test('more than the inner loops can reach is refused with what to do', () => {
  const plan = { rows: 2 ** 23, width: 1_000, validationRows: 0, leaves: 31, threads: 1, logistic: true };
  expect(() => allocate(plan)).toThrow('boosted trees have 4 GiB for the bins of their rows');
});

function memoryOf(given: {
  rows: number;
  width: number;
  bins: readonly number[];
  numbers: readonly number[];
  inLeaf: readonly number[];
}): Memory {
  const { rows, width, bins, numbers, inLeaf } = given;
  const memory = openMemory(allocate({ rows, width, validationRows: 0, leaves: 2, threads: 1, logistic: true }));
  for (let row = 0; row < rows; row++)
    for (let place = 0; place < width; place++) {
      memory.bytes[4 * memory.wordsARow * row + place] = bins[row * width + place]!;
      memory.columns[place * rows + row] = bins[row * width + place]!;
    }
  memory.index.set(inLeaf);
  memory.ordered.set(inLeaf.map((row) => numbers[row]!));
  return memory;
}
