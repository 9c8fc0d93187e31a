import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { sha256 } from '../../src/artifacts/store.ts';
import { modelName } from '../../src/domain/ids.ts';
import type { Manifest } from '../../src/training/manifest.ts';
import {
  type ModelProto,
  ModelProtoSchema,
  NodeProtoSchema,
  TensorProto_DataLocation,
  TensorProto_DataType,
} from '../../src/training/onnx/onnx-ml_pb.ts';
import { inputName, outputName, writeModel } from '../../src/training/onnx/write-model.ts';
import { checkPackage } from '../../src/training/package-check.ts';
import { aFeature } from '../data/fixtures.ts';
import { fitHere, fitRows } from './fit-here.ts';

const ages = Float64Array.from({ length: 60 }, (_, row) => row);
const fit = fitHere(
  [aFeature('age', 'number')],
  fitRows(
    new Map([['age', ages]]),
    ages.map((row) => (row % 3 === 0 ? 1 : 0)),
  ),
);
const good = writeModel(fit.model, fit.encoder.width);

/** The good model, changed, with a manifest that vouches for it: what a careless or hostile trainer could bring. */
function packaged(change: (model: ModelProto) => void = () => {}, more: Partial<Manifest> = {}) {
  const model = fromBinary(ModelProtoSchema, good);
  change(model);
  const onnxBytes = toBinary(ModelProtoSchema, model);
  const manifest: Manifest = {
    format: 'understudy.manifest.v1',
    model: modelName('purchase'),
    task: 'binary-classification',
    encoder: fit.encoder,
    onnx: { input: inputName, output: outputName, width: 1 },
    artifactDigest: sha256(onnxBytes),
    trainer: { name: 'foreign', seed: 1, parameters: {} },
    snapshotDigest: sha256('snapshot'),
    splitDigest: sha256('split'),
    golden: fit.golden,
    referenceProfile: fit.referenceProfile,
    trainedRows: 60,
    baseRate: fit.baseRate,
    importances: [],
    ...more,
  };
  return { manifest, onnxBytes };
}

function setWeight(model: ModelProto, value: number): void {
  const bytes = new DataView(new ArrayBuffer(8));
  bytes.setFloat64(0, value, true);
  model.graph!.initializer[0]!.rawData = new Uint8Array(bytes.buffer);
}

test('a good model passes', async () => {
  expect((await checkPackage(packaged())).maxDifference).toBeLessThan(1e-6);
});

test.each([
  ['an operator that is not on the list', packaged((model) => (model.graph!.node[2]!.opType = 'Loop')), 'the operator Loop is not allowed'],
  [
    'an operator of an unknown maker',
    packaged((model) => (model.graph!.node[3]!.domain = 'com.evil')),
    'the operator com.evil.Sigmoid is not allowed',
  ],
  [
    'data in another file',
    packaged((model) => (model.graph!.initializer[0]!.dataLocation = TensorProto_DataLocation.EXTERNAL)),
    'the data of weights lie in another file',
  ],
  ['another input', packaged((model) => (model.graph!.input[0]!.name = 'x')), 'inputs x: expected features alone'],
  ['another output', packaged((model) => (model.graph!.output[0]!.name = 'y')), 'outputs y: expected score'],
  ['a newer format', packaged((model) => (model.irVersion = 99n)), 'IR version 99: expected at most 13'],
  [
    'another width',
    packaged(() => {}, { onnx: { input: inputName, output: outputName, width: 2 } }),
    'the encoder makes 1 numbers and the graph takes 2',
  ],
  ['changed weights', packaged((model) => setWeight(model, 3)), 'scores'],
  ['a weight that is no number', packaged((model) => setWeight(model, Number.NaN)), 'scores NaN'],
  ['too few golden rows', packaged(() => {}, { golden: fit.golden.slice(0, 19) }), 'its manifest has 19 golden rows: expected at least 20'],
  [
    'golden rows of another model',
    packaged(() => {}, { golden: fit.golden.map((row) => ({ ...row, instance: { plan: 'gold' } })) }),
    'golden row 0 is no row of the model',
  ],
])('%s is refused', async (_, input, message) => {
  await expect(checkPackage(input)).rejects.toMatchObject({ type: 'PackagingFailed', message: expect.stringContaining(message) });
});

test('bytes that are no model are refused', async () => {
  const onnxBytes = Buffer.from('#!/bin/sh\nrm -rf /\n');
  await expect(checkPackage({ ...packaged(() => {}, { artifactDigest: sha256(onnxBytes) }), onnxBytes })).rejects.toMatchObject({
    type: 'PackagingFailed',
  });
});

test('a file that keeps the runtime busy is ended at the deadline, and this process goes on', async () => {
  const size = 2_000;
  const { manifest, onnxBytes } = packaged((model) => {
    const graph = model.graph!;
    const [weights, square] = [graph.initializer[0]!, { ...graph.initializer[0]!, name: 'square' }];
    weights.dataType = square.dataType = TensorProto_DataType.FLOAT;
    weights.dims = [1n, BigInt(size)];
    weights.rawData = new Uint8Array(size * 4);
    square.dims = [BigInt(size), BigInt(size)];
    square.rawData = new Uint8Array(size * size * 4);
    const times = (input: string, by: string, output: string) =>
      create(NodeProtoSchema, { opType: 'MatMul', name: output, input: [input, by], output: [output] });
    const chain = Array.from({ length: 900 }, (_, index) => times(`a${index}`, 'square', `a${index + 1}`));
    graph.initializer = [weights, square];
    graph.node = [
      times(inputName, 'weights', 'a0'),
      ...chain,
      create(NodeProtoSchema, { opType: 'Sigmoid', input: ['a900'], output: [outputName] }),
    ];
  });
  const started = performance.now();
  const refusal = {
    type: 'PackagingFailed',
    message: expect.stringContaining(`it did not answer ${fit.golden.length} rows within 1000 ms`),
  };
  await expect(checkPackage({ manifest, onnxBytes, deadlineMs: 1_000 })).rejects.toMatchObject(refusal);
  expect(performance.now() - started).toBeLessThan(3_000);
});
