import { expect, test } from 'vitest';
import { declaredModel, usualInputs } from '../../src/training/import-declaration.ts';
import type { GraphInput } from '../../src/training/onnx/graph-inputs.ts';
import { TensorProto_DataType } from '../../src/training/onnx/onnx-ml_pb.ts';
import { aFeature, aSpec } from '../data/fixtures.ts';

const spec = aSpec({ features: [aFeature('plan', 'category'), aFeature('tenure', 'number'), aFeature('member', 'boolean')] });
const number = (name: string, columns: number | null = 1): GraphInput => ({ name, type: TensorProto_DataType.FLOAT, columns, texts: null });
const text = (name: string, ...texts: string[]): GraphInput => ({ name, type: TensorProto_DataType.STRING, columns: 1, texts });
const declared = (inputs: unknown[], takes: GraphInput[]) => declaredModel({ inputs }, { spec, file: 'inputs.yaml', takes });

test('a file with an input for each column is declared by their names, any other one by the features of the spec', () => {
  expect(usualInputs(spec, [number('tenure'), text('plan', 'gold')])).toEqual(['tenure', 'plan']);
  expect(usualInputs(spec, [number('X', 3)])).toEqual(['plan', 'tenure', 'member']);
  expect(usualInputs(spec, [number('X', 2), number('Z', 1)])).toEqual(['plan', 'tenure', 'member']);
});

test('a column of texts has the categories that the file itself knows, unless others are declared', () => {
  const takes = [number('tenure'), text('plan', 'gold', 'basic')];
  const { encoder, graph } = declared(['tenure', 'plan'], takes);
  expect(encoder.columns).toEqual([
    { kind: 'raw', input: 0 },
    { kind: 'code', input: 1, values: ['gold', 'basic'] },
  ]);
  expect(graph.texts).toEqual([null, ['gold', 'basic']]);
  expect(declared(['tenure', { feature: 'plan', codes: ['silver'] }], takes).graph.texts).toEqual([null, ['silver']]);
});

test('numbers stay as they were declared, and say nothing of texts', () => {
  const { graph } = declared(['tenure', { feature: 'plan', codes: ['gold'] }], [number('X', 2)]);
  expect(graph).toEqual({ width: 2, output: null, column: null, transform: 'none' });
});

test('what does not fit the file is refused with what to say instead', () => {
  const refusals: [unknown[], GraphInput[], string][] = [
    [['plan', 'tenure'], [number('tenure'), text('plan', 'gold')], 'found "plan", which the ONNX file takes in this order: tenure, plan'],
    [['tenure'], [text('X', 'gold')], 'the ONNX file takes a text here: expected a category, found a number'],
    [[{ feature: 'plan', is: 'gold' }], [text('plan', 'gold')], 'the ONNX file takes the text itself here'],
    [['plan'], [text('plan')], 'the ONNX file does not say which texts it knows: say so by codes: [TEXT, ...]'],
    [['plan'], [number('X')], 'a category must say its numbers'],
  ];
  for (const [inputs, takes, sentence] of refusals) expect(() => declared(inputs, takes)).toThrow(sentence);
});
