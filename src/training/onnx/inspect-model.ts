/**
 * What can be said against an ONNX file without running it. Every operator is on a list, so that a file cannot bring code we never
 * meant to run; its data are inside, so that it cannot read other files.
 */
import { fromBinary } from '@bufbuild/protobuf';
import type { Manifest } from '../manifest.ts';
import { type ModelProto, ModelProtoSchema, TensorProto_DataLocation } from './onnx-ml_pb.ts';

/** What converters of scikit-learn, LightGBM, XGBoost and PyTorch write; nothing that loops, or makes much of little. */
const operators = new Set([
  ...['MatMul', 'Gemm', 'Add', 'Sub', 'Mul', 'Div', 'Neg', 'Abs', 'Sign', 'Pow', 'Sqrt', 'Exp', 'Log', 'Erf', 'Floor', 'Ceil', 'Round'],
  ...[
    'Clip',
    'Sum',
    'Mean',
    'Min',
    'Max',
    'Identity',
    'Cast',
    'Constant',
    'Shape',
    'Transpose',
    'BatchNormalization',
    'LayerNormalization',
  ],
  ...[
    'Sigmoid',
    'HardSigmoid',
    'Softmax',
    'LogSoftmax',
    'Relu',
    'LeakyRelu',
    'PRelu',
    'Elu',
    'Selu',
    'Gelu',
    'Softplus',
    'Softsign',
    'Tanh',
  ],
  ...['Concat', 'Reshape', 'Squeeze', 'Unsqueeze', 'Flatten', 'Slice', 'Split', 'Gather', 'Where', 'IsNaN', 'Not', 'And', 'Or'],
  ...['Equal', 'Less', 'LessOrEqual', 'Greater', 'GreaterOrEqual', 'ArgMax', 'ArgMin'],
  ...['ReduceSum', 'ReduceMean', 'ReduceMin', 'ReduceMax', 'ReduceL1', 'ReduceL2', 'ReduceSumSquare', 'ReduceLogSumExp'],
  ...[
    'ai.onnx.ml.TreeEnsemble',
    'ai.onnx.ml.TreeEnsembleClassifier',
    'ai.onnx.ml.TreeEnsembleRegressor',
    'ai.onnx.ml.ArrayFeatureExtractor',
  ],
  ...['ai.onnx.ml.OneHotEncoder', 'ai.onnx.ml.LabelEncoder', 'ai.onnx.ml.Binarizer', 'ai.onnx.ml.FeatureVectorizer'],
  ...['ai.onnx.ml.LinearClassifier', 'ai.onnx.ml.LinearRegressor', 'ai.onnx.ml.Scaler', 'ai.onnx.ml.Imputer', 'ai.onnx.ml.Normalizer'],
]);
const LARGEST_FILE = 256 * 1024 * 1024;
const MOST_NODES = 1_000;
/** The newest that the pinned runtime reads. */
const NEWEST_IR = 13n;
const newestOpsets: Readonly<Record<string, bigint>> = { '': 26n, 'ai.onnx': 26n, 'ai.onnx.ml': 5n };

/** Sentences; none when nothing is wrong. */
export function problemsOf(onnxBytes: Uint8Array, { input, output }: Manifest['onnx']): string[] {
  if (onnxBytes.length > LARGEST_FILE) return [`the file has ${onnxBytes.length} bytes: expected at most ${LARGEST_FILE}`];
  const model = decoded(onnxBytes);
  if (!model?.graph) return ['the file is not an ONNX model'];
  const { graph } = model;
  const inputs = graph.input.map(({ name }) => name).filter((name) => !graph.initializer.some((tensor) => tensor.name === name));
  const problems: string[] = [];
  if (model.irVersion > NEWEST_IR) problems.push(`IR version ${model.irVersion}: expected at most ${NEWEST_IR}`);
  problems.push(...opsetProblems(model));
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

function opsetProblems({ opsetImport }: ModelProto): string[] {
  return opsetImport.flatMap(({ domain, version }) => {
    const newest = newestOpsets[domain];
    return newest !== undefined && version > newest ? [`opset ${version} of ${domain || 'ai.onnx'}: expected at most ${newest}`] : [];
  });
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
