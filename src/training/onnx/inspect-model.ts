/**
 * What can be said against an ONNX file without running it. Every operator is on a list, so that a file cannot bring code we never
 * meant to run; its data are inside, so that it cannot read other files.
 */
import { fromBinary } from '@bufbuild/protobuf';
import type { Manifest } from '../manifest.ts';
import { type ModelProto, ModelProtoSchema, TensorProto_DataLocation } from './onnx-ml_pb.ts';

const operators = new Set([
  ...['MatMul', 'Gemm', 'Add', 'Sub', 'Mul', 'Div', 'Neg', 'Clip', 'Sigmoid', 'Softmax', 'Relu', 'Tanh', 'Exp', 'Log', 'Identity', 'Cast'],
  ...['Concat', 'Reshape', 'Squeeze', 'Unsqueeze', 'Flatten', 'Slice', 'Gather', 'Where', 'IsNaN', 'ReduceSum', 'ReduceMean'],
  ...[
    'ai.onnx.ml.TreeEnsemble',
    'ai.onnx.ml.TreeEnsembleClassifier',
    'ai.onnx.ml.TreeEnsembleRegressor',
    'ai.onnx.ml.ArrayFeatureExtractor',
  ],
  ...['ai.onnx.ml.LinearClassifier', 'ai.onnx.ml.LinearRegressor', 'ai.onnx.ml.Scaler', 'ai.onnx.ml.Imputer', 'ai.onnx.ml.Normalizer'],
]);
const LARGEST_FILE = 256 * 1024 * 1024;
const MOST_NODES = 1_000;
/** The newest that the pinned runtime reads. */
const NEWEST_IR = 13n;

/** Sentences; none when nothing is wrong. */
export function problemsOf(onnxBytes: Uint8Array, { input, output }: Manifest['onnx']): string[] {
  if (onnxBytes.length > LARGEST_FILE) return [`the file has ${onnxBytes.length} bytes: expected at most ${LARGEST_FILE}`];
  const model = decoded(onnxBytes);
  if (!model?.graph) return ['the file is not an ONNX model'];
  const { graph } = model;
  const inputs = graph.input.map(({ name }) => name).filter((name) => !graph.initializer.some((tensor) => tensor.name === name));
  const problems: string[] = [];
  if (model.irVersion > NEWEST_IR) problems.push(`IR version ${model.irVersion}: expected at most ${NEWEST_IR}`);
  if (graph.node.length > MOST_NODES) problems.push(`${graph.node.length} nodes: expected at most ${MOST_NODES}`);
  if (inputs.length !== 1 || inputs[0] !== input) problems.push(`inputs ${inputs.join(', ')}: expected ${input} alone`);
  if (!graph.output.some(({ name }) => name === output))
    problems.push(`outputs ${graph.output.map(({ name }) => name).join(', ')}: expected ${output}`);
  if (model.functions.length > 0) problems.push('functions of its own: expected plain operators');
  return [...problems, ...operatorProblems(model), ...dataProblems(model)];
}

function decoded(bytes: Uint8Array): ModelProto | null {
  try {
    return fromBinary(ModelProtoSchema, bytes);
  } catch {
    return null;
  }
}

function operatorProblems({ graph }: ModelProto): string[] {
  const nameOf = ({ domain, opType }: { domain: string; opType: string }) =>
    domain === '' || domain === 'ai.onnx' ? opType : `${domain}.${opType}`;
  const unknown = new Set(graph!.node.map(nameOf).filter((name) => !operators.has(name)));
  const nested = graph!.node.some(({ attribute }) => attribute.some(({ g, graphs }) => g !== undefined || graphs.length > 0));
  return [...[...unknown].map((name) => `the operator ${name} is not allowed`), ...(nested ? ['a graph inside a node'] : [])];
}

function dataProblems({ graph }: ModelProto): string[] {
  const tensors = [
    ...graph!.initializer,
    ...graph!.node.flatMap(({ attribute }) => attribute.flatMap(({ t, tensors }) => (t ? [t, ...tensors] : tensors))),
  ];
  const outside = tensors.filter(
    ({ dataLocation, externalData }) => dataLocation === TensorProto_DataLocation.EXTERNAL || externalData.length > 0,
  );
  return outside.map(({ name }) => `the data of ${name} lie in another file: expected them inside`);
}
