/**
 * The spool's file format: frames of a 16-byte header and JSON lines. Header: length of the lines (4 bytes), CRC-32 over all that
 * follows it (4), kind (1), unused (1), milliseconds since 1970 (6); big-endian. A frame that was not written to its end
 * was never acknowledged to anybody.
 */
import { crc32 } from 'node:zlib';
import { type RecordKind, recordKinds } from '../store/log-records.ts';

export const HEADER_BYTES = 16;
const CRC_FROM = 8;
const LONGEST_FRAME = 64 * 1024 * 1024;

export interface Frame {
  readonly kind: RecordKind;
  readonly atMs: number;
  /** One JSON text a record. */
  readonly lines: readonly string[];
  /** Length of the whole frame in the file. */
  readonly bytes: number;
}

export function frameOf(kind: RecordKind, lines: readonly string[], atMs: number): Buffer {
  const text = lines.join('\n');
  const frame = Buffer.allocUnsafe(HEADER_BYTES + Buffer.byteLength(text));
  frame.writeUInt32BE(frame.length - HEADER_BYTES, 0);
  frame.writeUInt8(recordKinds.indexOf(kind), 8);
  frame.writeUInt8(0, 9);
  frame.writeUIntBE(Math.floor(atMs), 10, 6);
  frame.write(text, HEADER_BYTES);
  frame.writeUInt32BE(crc32(frame.subarray(CRC_FROM)), 4);
  return frame;
}

/** Length of the frame that begins at `offset`, or null when its header isn't complete. */
export function frameLength(bytes: Buffer, offset: number): number | null {
  return offset + HEADER_BYTES <= bytes.length ? HEADER_BYTES + bytes.readUInt32BE(offset) : null;
}

/** The frame at `offset`; null when it is incomplete or damaged. */
export function frameAt(bytes: Buffer, offset: number): Frame | null {
  const length = frameLength(bytes, offset);
  if (length === null || length > LONGEST_FRAME || offset + length > bytes.length) return null;
  const frame = bytes.subarray(offset, offset + length);
  const kind = recordKinds[frame.readUInt8(8)];
  if (kind === undefined || frame.readUInt32BE(4) !== crc32(frame.subarray(CRC_FROM))) return null;
  return { kind, atMs: frame.readUIntBE(10, 6), lines: frame.toString('utf8', HEADER_BYTES).split('\n'), bytes: length };
}
