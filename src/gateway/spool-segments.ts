/** The files of a spool: numbered, written at the end only, removed as a whole. */
import { closeSync, openSync, readdirSync, readFileSync, readSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { frameLength, HEADER_BYTES } from './spool-frames.ts';

export interface SegmentFiles {
  /** Numbers of the segments an earlier process left, oldest first. */
  numbers(): readonly number[];
  /** Cuts off what is behind the last whole frame; answers how much is good and how much was cut. */
  repair(segment: number): { readonly good: number; readonly cut: number };
  /** A new, empty segment; answers its file descriptor. */
  create(segment: number): number;
  /** Bytes from the offset: about as many as wanted, at least one whole frame if there is one, at most the available ones. */
  read(segment: number, offset: number, size: { readonly wanted: number; readonly available: number }): Buffer;
  /** Keeps bytes that nobody can read beside the segments, and answers where. */
  setAside(segment: number, offset: number, bytes: Buffer): string;
  remove(segment: number): void;
}

export function segmentFiles(folder: string): SegmentFiles {
  const pathOf = (segment: number) => path.join(folder, `${String(segment).padStart(12, '0')}.spool`);
  return {
    numbers: () =>
      readdirSync(folder)
        .map((name) => /^(\d{12})\.spool$/.exec(name)?.[1])
        .filter((number) => number !== undefined)
        .map(Number)
        .sort((a, b) => a - b),

    repair(segment) {
      const good = wholeFrames(readFileSync(pathOf(segment)));
      const cut = statSync(pathOf(segment)).size - good;
      if (cut > 0) truncateSync(pathOf(segment), good);
      return { good, cut };
    },

    create: (segment) => openSync(pathOf(segment), 'w', 0o600),

    read(segment, offset, { wanted, available }) {
      const file = openSync(pathOf(segment), 'r');
      try {
        const header = Buffer.alloc(HEADER_BYTES);
        readSync(file, header, 0, HEADER_BYTES, offset);
        const bytes = Buffer.allocUnsafe(Math.min(Math.max(wanted, frameLength(header, 0) ?? 0), available));
        return bytes.subarray(0, readSync(file, bytes, 0, bytes.length, offset));
      } finally {
        closeSync(file);
      }
    },

    setAside(segment, offset, bytes) {
      const copy = path.join(folder, `${segment}-${offset}.damaged`);
      writeFileSync(copy, bytes, { mode: 0o600 });
      return copy;
    },

    remove: (segment) => rmSync(pathOf(segment), { force: true }),
  };
}

function wholeFrames(bytes: Buffer): number {
  let offset = 0;
  for (let length = frameLength(bytes, offset); length !== null && offset + length <= bytes.length; length = frameLength(bytes, offset)) {
    offset += length;
  }
  return offset;
}
