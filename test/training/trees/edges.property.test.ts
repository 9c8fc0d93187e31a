/** Rows that lie exactly on an edge, and numbers that are none, go the same way in training, in our own scoring and in the runtime. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sha256 } from '../../../src/artifacts/store.ts';
import type { Model } from '../../../src/training/model.ts';
import { openScorer } from '../../../src/training/onnx/scorer.ts';
import { inputName, outputName, writeModel } from '../../../src/training/onnx/write-model.ts';
import { binOf, edgeBetween, edgesOf, padded, roundedDown } from '../../../src/training/trees/bins.ts';
import { grown, predicted } from './grow.ts';

const float = fc.float({ noNaN: true });
const anyFloat = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(0, 1, 2, 0.1, Math.fround(0.1), 1e-38, 1e30) },
  { weight: 4, arbitrary: float },
  fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 2 ** -149, -(2 ** -149)),
);

test('a threshold lies between two neighbours, as a 32-bit float that is below the upper one', () => {
  fc.assert(
    fc.property(float, float, (a, b) => {
      fc.pre(a < b);
      const edge = edgeBetween(a, b);
      expect(Math.fround(edge)).toBe(edge);
      expect(a <= edge && edge < b).toBe(true);
    }),
  );
});

test('rounding down never goes up, and no further than the next float', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, min: -1e38, max: 1e38 }), (value) => {
      const down = roundedDown(value);
      expect(down).toBeLessThanOrEqual(value);
      expect(Math.fround(down)).toBe(down);
    }),
  );
});

test('a bin and a threshold say the same of every value, seen or not', () => {
  fc.assert(
    fc.property(fc.array(anyFloat, { minLength: 1, maxLength: 60 }), anyFloat, fc.integer({ min: 3, max: 20 }), (seen, value, bins) => {
      fc.pre(!Number.isNaN(value));
      const edges = edgesOf(Float32Array.from(seen), { width: 1, place: 0, bins });
      expect(edges.length).toBeLessThanOrEqual(bins - 2);
      for (const [bin, edge] of edges.entries()) expect(binOf(padded(edges), value) <= bin).toBe(value <= edge);
    }),
  );
});

test('the runtime sends every row where training sent it', async () => {
  const row = fc.tuple(anyFloat, anyFloat);
  await fc.assert(
    fc.asyncProperty(
      fc.array(row, { minLength: 4, maxLength: 40 }),
      fc.array(row, { minLength: 1, maxLength: 20 }),
      fc.infiniteStream(fc.integer({ min: -5, max: 5 })),
      async (seen, unseen, targets) => {
        const x = seen.map(([a, b]) => [Math.fround(a), Math.fround(b)]);
        const y = x.map(() => targets.next().value as number);
        const { trees, base } = grown({ x, y }, { parameters: { trees: 3, leaves: 6, learningRate: 0.5 } });
        const edges = trees.flatMap((tree) =>
          [...tree.thresholds].map((edge, node) => (tree.features[node] === 0 ? [edge, edge] : [0, edge])),
        );
        const asked = [...x, ...unseen.map(([a, b]) => [Math.fround(a), Math.fround(b)]), ...edges];
        const model: Model = { kind: 'single', single: { learned: { kind: 'trees', trees, base }, answers: 'number', calibration: null } };
        const bytes = writeModel(model, 2);
        const onnx = { input: inputName, output: outputName, width: 2 };
        const scorer = await openScorer({ onnx, artifactDigest: sha256(bytes) }, bytes);
        const served = await scorer.score(Float32Array.from(asked.flat()), asked.length);
        await scorer.close();
        expect([...served]).toEqual(predicted({ trees, base }, asked).map((score) => expect.closeTo(score, 5)));
      },
    ),
    { numRuns: 60 },
  );
});
