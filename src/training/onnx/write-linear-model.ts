/**
 * A linear model as an ONNX graph: features → MatMul → Add → Sigmoid → score. IR 10 and opset 21, which every runtime in use reads.
 * The same weights give the same bytes.
 */
import { create, toBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema, NodeProtoSchema, TensorProto_DataType, TensorProtoSchema, ValueInfoProtoSchema } from './onnx-ml_pb.ts';

export const inputName = 'features';
export const outputName = 'score';

const IR_VERSION = 10n;
const OPSET = 21n;
const FLOAT = TensorProto_DataType.FLOAT;

export function writeLinearModel({ weights, bias }: { readonly weights: Float32Array; readonly bias: number }): Uint8Array {
  const width = weights.length;
  const model = create(ModelProtoSchema, {
    irVersion: IR_VERSION,
    opsetImport: [{ domain: '', version: OPSET }],
    producerName: 'understudy',
    graph: {
      name: 'linear',
      node: [
        node('MatMul', [inputName, 'weights'], 'products'),
        node('Add', ['products', 'bias'], 'logits'),
        node('Sigmoid', ['logits'], outputName),
      ],
      initializer: [tensor('weights', [width, 1], weights), tensor('bias', [1], Float32Array.of(bias))],
      input: [matrix(inputName, width)],
      output: [matrix(outputName, 1)],
    },
  });
  return toBinary(ModelProtoSchema, model);
}

const node = (opType: string, input: string[], output: string) =>
  create(NodeProtoSchema, { opType, name: output, input, output: [output] });

function tensor(name: string, dims: number[], values: Float32Array) {
  const bytes = new DataView(new ArrayBuffer(values.length * 4));
  values.forEach((value, index) => {
    bytes.setFloat32(index * 4, value, true);
  });
  return create(TensorProtoSchema, { name, dims: dims.map(BigInt), dataType: FLOAT, rawData: new Uint8Array(bytes.buffer) });
}

/** Any number of rows, a fixed number of columns. */
function matrix(name: string, columns: number) {
  const dim = [{ value: { case: 'dimParam', value: 'n' } }, { value: { case: 'dimValue', value: BigInt(columns) } }] as const;
  return create(ValueInfoProtoSchema, {
    name,
    type: { value: { case: 'tensorType', value: { elemType: FLOAT, shape: { dim: [...dim] } } } },
  });
}
