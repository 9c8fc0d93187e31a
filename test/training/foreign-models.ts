/** ONNX files as other tools write them, made by hand: what their graphs look like from outside is what matters. */
import { create, toBinary } from '@bufbuild/protobuf';
import {
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  TensorProto_DataType,
  TensorProtoSchema,
  ValueInfoProtoSchema,
} from '../../src/training/onnx/onnx-ml_pb.ts';

const { FLOAT, DOUBLE, INT64, STRING } = TensorProto_DataType;
type Attribute = readonly number[] | readonly bigint[] | readonly string[] | string | number;

function attribute(name: string, value: Attribute) {
  if (typeof value === 'string')
    return create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.STRING, s: new TextEncoder().encode(value) });
  if (typeof value === 'number') return create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.INT, i: BigInt(value) });
  if (typeof value[0] === 'string') {
    const strings = (value as readonly string[]).map((text) => new TextEncoder().encode(text));
    return create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.STRINGS, strings });
  }
  if (typeof value[0] === 'bigint')
    return create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.INTS, ints: [...(value as readonly bigint[])] });
  return create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.FLOATS, floats: [...(value as readonly number[])] });
}

function node(opType: string, input: string[], output: string[], given: { domain?: string; attributes?: Record<string, Attribute> } = {}) {
  const { domain = '', attributes = {} } = given;
  return create(NodeProtoSchema, {
    opType,
    domain,
    input,
    output,
    attribute: Object.entries(attributes).map(([name, value]) => attribute(name, value)),
  });
}

function value(
  name: string,
  elemType: (typeof TensorProto_DataType)[keyof typeof TensorProto_DataType],
  columns: readonly (number | null)[],
) {
  const dim = columns.map((size) =>
    size === null ? { value: { case: 'dimParam', value: 'None' } as const } : { value: { case: 'dimValue', value: BigInt(size) } as const },
  );
  return create(ValueInfoProtoSchema, { name, type: { value: { case: 'tensorType', value: { elemType, shape: { dim } } } } });
}

function file(graph: {
  node: ReturnType<typeof node>[];
  input: ReturnType<typeof value>[];
  output: ReturnType<typeof value>[];
  doubles?: Record<string, number[]>;
  integers?: Record<string, number[]>;
}) {
  const { doubles = {}, integers = {}, ...rest } = graph;
  const initializer = [
    ...Object.entries(doubles).map(([name, values]) =>
      create(TensorProtoSchema, { name, dims: [BigInt(values.length), 1n], dataType: DOUBLE, doubleData: values }),
    ),
    ...Object.entries(integers).map(([name, values]) =>
      create(TensorProtoSchema, { name, dims: [BigInt(values.length)], dataType: INT64, int64Data: values.map(BigInt) }),
    ),
  ];
  return toBinary(
    ModelProtoSchema,
    create(ModelProtoSchema, {
      irVersion: 3n,
      opsetImport: [
        { domain: 'ai.onnx.ml', version: 1n },
        { domain: '', version: 11n },
      ],
      graph: { name: 'foreign', initializer, ...rest },
    }),
  );
}

/** scikit-learn's logistic regression as its converter writes it: a label, and a ZipMap over the probabilities of both classes. */
export function classifierWithZipMap(weights: readonly number[], bias: number): Uint8Array {
  const attributes = {
    coefficients: [...weights.map((weight) => -weight), ...weights],
    intercepts: [-bias, bias],
    classlabels_ints: [0n, 1n],
    multi_class: 1,
    post_transform: 'LOGISTIC',
  };
  return file({
    node: [
      node('LinearClassifier', ['float_input'], ['label', 'raw_probabilities'], { domain: 'ai.onnx.ml', attributes }),
      node('Normalizer', ['raw_probabilities'], ['probabilities'], { domain: 'ai.onnx.ml', attributes: { norm: 'L1' } }),
      node('Cast', ['label'], ['output_label'], { attributes: { to: INT64 } }),
      node('ZipMap', ['probabilities'], ['output_probability'], { domain: 'ai.onnx.ml', attributes: { classlabels_int64s: [0n, 1n] } }),
    ],
    input: [value('float_input', FLOAT, [null, weights.length])],
    output: [value('output_label', INT64, [null]), create(ValueInfoProtoSchema, { name: 'output_probability' })],
  });
}

/** A model that takes 64-bit numbers and answers logits, one number a row and no column. */
export function logitsOf64Bits(weights: readonly number[]): Uint8Array {
  return file({
    node: [node('MatMul', ['X', 'weights'], ['column']), node('Squeeze', ['column'], ['logits'], { attributes: { axes: [1n] } })],
    input: [value('X', DOUBLE, [null, weights.length])],
    output: [value('logits', DOUBLE, [null])],
    doubles: { weights: [...weights] },
  });
}

/** A pipeline over a data frame: one input for each column, which the graph puts together. */
export function inputForEachColumn(names: readonly string[], weights: readonly number[]): Uint8Array {
  return file({
    node: [
      node('Concat', [...names], ['together'], { attributes: { axis: 1 } }),
      node('LinearRegressor', ['together'], ['score'], {
        domain: 'ai.onnx.ml',
        attributes: { coefficients: [...weights], intercepts: [0.25], targets: 1 },
      }),
    ],
    input: names.map((name) => value(name, FLOAT, [null, 1])),
    output: [value('score', FLOAT, [null, 1])],
  });
}

/** A pipeline with its own encoder, as scikit-learn's converter writes it: a number, and a text that stops it when it is new. */
export function pipelineOfTexts(categories: readonly string[], weights: readonly number[]): Uint8Array {
  return file({
    node: [
      node('OneHotEncoder', ['plan'], ['planout'], { domain: 'ai.onnx.ml', attributes: { cats_strings: [...categories], zeros: 0 } }),
      node('Reshape', ['planout', 'shape'], ['places']),
      node('Concat', ['tenure', 'places'], ['together'], { attributes: { axis: 1 } }),
      node('LinearRegressor', ['together'], ['score'], {
        domain: 'ai.onnx.ml',
        attributes: { coefficients: [...weights], intercepts: [0.25], targets: 1 },
      }),
    ],
    input: [value('tenure', FLOAT, [null, 1]), value('plan', STRING, [null, 1])],
    output: [value('score', FLOAT, [null, 1])],
    integers: { shape: [-1, categories.length] },
  });
}

/** Texts that nothing in the file says anything about. */
export function textInput(): Uint8Array {
  return file({
    node: [node('LabelEncoder', ['plan'], ['code'], { domain: 'ai.onnx.ml' })],
    input: [value('plan', STRING, [null, 1])],
    output: [value('code', FLOAT, [null, 1])],
  });
}
