/** Nodes, attributes and tensors in as few words as they can be said. */
import { create } from '@bufbuild/protobuf';
import {
  type AttributeProto,
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  type TensorProto,
  TensorProto_DataType,
  TensorProtoSchema,
} from './onnx-ml_pb.ts';

export function node(opType: string, input: string[], output: string): NodeProto {
  return create(NodeProtoSchema, { opType, name: output, input, output: [output] });
}

export function cast(input: string, output: string, to: TensorProto_DataType): NodeProto {
  const attribute = [integer('to', to)];
  return create(NodeProtoSchema, { opType: 'Cast', name: output, input: [input], output: [output], attribute });
}

export function integer(name: string, value: number): AttributeProto {
  return create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.INT, i: BigInt(value) });
}

export function integers(name: string, values: readonly number[]): AttributeProto {
  return create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.INTS, ints: values.map(BigInt) });
}

export function float32s(name: string, values: readonly number[]): AttributeProto {
  return create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.FLOATS, floats: [...values] });
}

export function text(name: string, value: string): AttributeProto {
  return create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.STRING, s: new TextEncoder().encode(value) });
}

export function texts(name: string, values: readonly string[]): AttributeProto {
  const encoder = new TextEncoder();
  return create(AttributeProtoSchema, {
    name,
    type: AttributeProto_AttributeType.STRINGS,
    strings: values.map((value) => encoder.encode(value)),
  });
}

export function tensor(name: string, t: TensorProto): AttributeProto {
  return create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.TENSOR, t });
}

export function doubles(name: string, dims: readonly number[], values: ArrayLike<number>): TensorProto {
  const bytes = new DataView(new ArrayBuffer(values.length * 8));
  for (let index = 0; index < values.length; index++) bytes.setFloat64(index * 8, values[index]!, true);
  const rawData = new Uint8Array(bytes.buffer);
  return create(TensorProtoSchema, { name, dims: dims.map(BigInt), dataType: TensorProto_DataType.DOUBLE, rawData });
}

export function bytes(name: string, values: Uint8Array): TensorProto {
  return create(TensorProtoSchema, { name, dims: [BigInt(values.length)], dataType: TensorProto_DataType.UINT8, rawData: values });
}
