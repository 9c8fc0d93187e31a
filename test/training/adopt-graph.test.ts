import { expect, test } from 'vitest';
import { sha256 } from '../../src/artifacts/store.ts';
import { adoptGraph, type GraphAdoption } from '../../src/training/onnx/adopt-graph.ts';
import { decodedModel, inputsOf } from '../../src/training/onnx/graph-inputs.ts';
import { problemsOf } from '../../src/training/onnx/inspect-model.ts';
import { openScorer } from '../../src/training/onnx/scorer.ts';
import { classifierWithZipMap, inputForEachColumn, logitsOf64Bits, pipelineOfTexts, textInput } from './foreign-models.ts';

const sigmoid = (z: number) => 1 / (1 + Math.exp(-z));

function adoption(width: number, more: Partial<GraphAdoption> = {}): GraphAdoption {
  return { width, output: null, column: null, transform: 'none', ...more };
}

async function scored(file: Uint8Array, given: GraphAdoption, rows: readonly number[]): Promise<number[]> {
  const { bytes, onnx } = adoptGraph(file, given);
  expect(problemsOf(bytes, onnx)).toEqual([]);
  const scorer = await openScorer({ onnx, artifactDigest: sha256(bytes) }, bytes);
  try {
    return [...(await scorer.score(Float32Array.from(rows), rows.length / given.width))];
  } finally {
    await scorer.close();
  }
}

function close(found: readonly number[], expected: readonly number[]): void {
  expect(found.length).toBe(expected.length);
  for (const [at, each] of expected.entries()) expect(found[at]).toBeCloseTo(each, 5);
}

test('a classifier with a label and a ZipMap answers the probability of its second class', async () => {
  const rows = [0.5, 1, -2, 0.25];
  close(await scored(classifierWithZipMap([2, -1], 0.1), adoption(2), rows), [sigmoid(1 - 1 + 0.1), sigmoid(-4 - 0.25 + 0.1)]);
});

test('the first class can be asked for, and a column that is not there is refused', async () => {
  const file = classifierWithZipMap([2, -1], 0.1);
  close(await scored(file, adoption(2, { column: 0 }), [0.5, 1]), [1 - sigmoid(0.1)]);
  expect(() => adoptGraph(file, adoption(2, { column: 2 }))).toThrow('has 2 columns, counted from 0: there is no column 2');
});

test('64-bit numbers in, logits without a column out: cast, made a column, and squashed where that is declared', async () => {
  close(await scored(logitsOf64Bits([1, 2]), adoption(2), [1, 1, 0.5, -1]), [3, -1.5]);
  close(await scored(logitsOf64Bits([1, 2]), adoption(2, { transform: 'sigmoid' }), [1, 1, 0.5, -1]), [sigmoid(3), sigmoid(-1.5)]);
});

test('one input for each column takes them from the one matrix, in the order of the graph', async () => {
  close(await scored(inputForEachColumn(['age', 'score_2', 'features'], [1, 10, 100]), adoption(3), [1, 2, 3, 0, 0, 1]), [321.25, 100.25]);
});

test('a file that encodes texts itself is given them by their codes, and a text it does not know, or none, is none of those it knows', async () => {
  const file = pipelineOfTexts(['gold', 'silver', 'jährlich'], [1, 10, 100, 1_000]);
  expect(inputsOf(decodedModel(file).graph)).toMatchObject([
    { name: 'tenure', columns: 1, texts: null },
    { name: 'plan', columns: 1, texts: ['gold', 'silver', 'jährlich'] },
  ]);
  const given = adoption(2, { texts: [null, ['gold', 'silver', 'jährlich']] });
  close(await scored(file, given, [1, 0, 2, 1, 3, 2, 4, 3, 5, Number.NaN]), [11.25, 102.25, 1_003.25, 4.25, 5.25]);
});

test('the same file gives the same bytes, and adopting an adopted one changes no score', async () => {
  const file = classifierWithZipMap([2, -1], 0.1);
  const first = adoptGraph(file, adoption(2)).bytes;
  expect(Buffer.from(adoptGraph(file, adoption(2)).bytes).equals(Buffer.from(first))).toBe(true);
  close(await scored(first, adoption(2), [0.5, 1]), await scored(file, adoption(2), [0.5, 1]));
});

test('what cannot be adopted says why', () => {
  const file = classifierWithZipMap([2, -1], 0.1);
  const refusals: [Uint8Array, GraphAdoption, string][] = [
    [new Uint8Array([1, 2, 3]), adoption(2), 'it is not an ONNX model'],
    [new Uint8Array(), adoption(2), 'it is not an ONNX model'],
    [textInput(), adoption(1), 'its input "plan" takes texts: expected a category, and which texts there are'],
    [file, adoption(3), 'it takes 2 numbers a row (float_input: 2), and 3 are declared'],
    [file, adoption(2, { output: 'probability' }), 'it has no output "probability": expected one of output_label, output_probability'],
  ];
  for (const [bytes, given, sentence] of refusals) expect(() => adoptGraph(bytes, given)).toThrow(sentence);
});
