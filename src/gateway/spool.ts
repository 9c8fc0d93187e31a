/**
 * What was answered or received is on disk before anybody is told so. Appends of one turn of the event loop are one write; a
 * shipper reads what is here in order and removes it once Postgres has it. Survives the death of the process; a power cut may cost
 * the last second.
 */
import { closeSync, fdatasync, ftruncateSync, mkdirSync, writeSync } from 'node:fs';
import type { LogBatch } from '../store/log-batches.ts';
import type { RecordKind } from '../store/log-records.ts';
import { frameAt, frameLength, frameOf } from './spool-frames.ts';
import { type SegmentFiles, segmentFiles } from './spool-segments.ts';

/** The spool can't take more: its disk or its limit is full. The caller must not acknowledge. */
export class SpoolUnavailable extends Error {}

export interface SpoolOptions {
  readonly folder: string;
  /** Bytes that may wait for Postgres. */
  readonly limitBytes: number;
  readonly segmentBytes: number;
  readonly onTrouble: (sentence: string) => void;
}

export interface Waiting {
  readonly batches: readonly LogBatch[];
  readonly records: number;
  /** Where to go on reading once these batches are stored. */
  readonly until: Position;
}

interface Position {
  readonly segment: number;
  readonly offset: number;
}

interface Append {
  readonly frame: Buffer;
  readonly done: () => void;
  readonly failed: (error: Error) => void;
}

const SYNC_EVERY_MS = 1_000;

export class Spool {
  readonly #options: SpoolOptions;
  readonly #files: SegmentFiles;
  /** Number and good length of each segment that still holds something; the last one is written to. */
  readonly #segments: { readonly number: number; bytes: number }[] = [];
  #file = -1;
  #turn: Append[] = [];
  #position: Position;
  #waitingBytes = 0;
  #isClosed = false;
  readonly #syncing: NodeJS.Timeout;
  #unsynced = false;

  constructor(options: SpoolOptions) {
    this.#options = options;
    mkdirSync(options.folder, { recursive: true, mode: 0o700 });
    this.#files = segmentFiles(options.folder);
    for (const number of this.#files.numbers()) this.#adopt(number);
    const first = this.#segments[0]?.number ?? 1;
    this.#openSegment((this.#segments.at(-1)?.number ?? 0) + 1);
    this.#position = { segment: this.#segments.length > 1 ? first : this.#active.number, offset: 0 };
    this.#waitingBytes = this.#segments.reduce((sum, { bytes }) => sum + bytes, 0);
    this.#syncing = setInterval(() => this.#sync(), SYNC_EVERY_MS).unref();
  }

  /** Bytes that Postgres doesn't have yet. */
  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  get limitBytes(): number {
    return this.#options.limitBytes;
  }

  /** Resolves when the records would survive the death of this process; rejects with SpoolUnavailable when they wouldn't. */
  append(kind: RecordKind, lines: readonly string[], atMs: number): Promise<void> {
    if (lines.length === 0) return Promise.resolve();
    if (this.#isClosed) return Promise.reject(new SpoolUnavailable('the spool is closed'));
    return new Promise((done, failed) => {
      if (this.#turn.length === 0) setImmediate(() => this.#write());
      this.#turn.push({ frame: frameOf(kind, lines, atMs), done, failed });
    });
  }

  /** The oldest records, at most about so many, by kind; null when there are none. */
  waiting(maximumRecords: number, maximumBytes: number): Waiting | null {
    this.#skipFinishedSegments();
    const { segment, offset } = this.#position;
    const known = this.#segments.find(({ number }) => number === segment);
    if (!known || known.bytes <= offset) return null;
    const bytes = this.#files.read(segment, offset, { wanted: maximumBytes, available: known.bytes - offset });
    return this.#framesIn(bytes, maximumRecords);
  }

  /** Postgres has everything before this position. */
  shipped(until: Position): void {
    // A batch that took longer than the process had left: the next one ships it again.
    if (this.#isClosed) return;
    const from = this.#position;
    this.#waitingBytes -= until.offset - from.offset;
    this.#position = until;
    // A segment is removed as a whole: a new one in quiet moments keeps what a restart ships again small.
    const isDone = until.segment === this.#active.number && until.offset === this.#active.bytes;
    if (isDone && until.offset > this.#options.segmentBytes / 8) this.#openSegment(until.segment + 1);
    this.#skipFinishedSegments();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#write();
    this.#isClosed = true;
    clearInterval(this.#syncing);
    closeSync(this.#file);
    this.#skipFinishedSegments();
    if (this.#waitingBytes === 0) this.#files.remove(this.#active.number);
  }

  get #active(): { readonly number: number; bytes: number } {
    return this.#segments.at(-1)!;
  }

  #write(): void {
    const turn = this.#turn;
    if (turn.length === 0) return;
    this.#turn = [];
    try {
      const bytes = turn.length === 1 ? turn[0]!.frame : Buffer.concat(turn.map(({ frame }) => frame));
      this.#writeThrough(bytes);
      for (const { done } of turn) done();
    } catch (error) {
      for (const { failed } of turn) failed(error as Error);
    }
  }

  #writeThrough(bytes: Buffer): void {
    if (this.#waitingBytes + bytes.length > this.#options.limitBytes) {
      throw new SpoolUnavailable(
        `the spool holds ${this.#waitingBytes} bytes that Postgres has not taken, at most ${this.#options.limitBytes} may wait`,
      );
    }
    if (this.#active.bytes >= this.#options.segmentBytes) this.#openSegment(this.#active.number + 1);
    const at = this.#active.bytes;
    try {
      // A disk that is full takes a part without complaint and says so only by the count.
      for (let written = 0; written < bytes.length; )
        written += writeSync(this.#file, bytes, written, bytes.length - written, at + written);
    } catch (cause) {
      this.#cutBack(at);
      throw new SpoolUnavailable(`the spool in ${this.#options.folder} could not be written: ${(cause as Error).message}`, { cause });
    }
    this.#active.bytes += bytes.length;
    this.#waitingBytes += bytes.length;
    this.#unsynced = true;
  }

  #cutBack(length: number): void {
    try {
      ftruncateSync(this.#file, length);
    } catch (error) {
      // What lies behind the known length is never read, and overwritten by the next append.
      this.#options.onTrouble(`a half-written record could not be cut off the spool: ${(error as Error).message}`);
    }
  }

  #framesIn(bytes: Buffer, maximumRecords: number): Waiting {
    const byKind = new Map<RecordKind, { lines: string[]; fromMs: number; untilMs: number }>();
    let offset = 0;
    let records = 0;
    while (records < maximumRecords && offset < bytes.length) {
      const frame = frameAt(bytes, offset);
      if (frame === null) {
        if (offset > 0) break;
        return this.#setAside(bytes);
      }
      const batch = byKind.get(frame.kind) ?? { lines: [], fromMs: frame.atMs, untilMs: frame.atMs };
      byKind.set(frame.kind, batch);
      for (const line of frame.lines) batch.lines.push(line);
      batch.fromMs = Math.min(batch.fromMs, frame.atMs);
      batch.untilMs = Math.max(batch.untilMs, frame.atMs);
      records += frame.lines.length;
      offset += frame.bytes;
    }
    const batches = [...byKind].map(([kind, batch]) => ({ kind, ...batch }));
    return { batches, records, until: { segment: this.#position.segment, offset: this.#position.offset + offset } };
  }

  /** A frame that was good when it was written and isn't any more: kept beside the spool for a person, and passed over. */
  #setAside(bytes: Buffer): Waiting {
    const { segment, offset } = this.#position;
    const available = this.#segments.find(({ number }) => number === segment)!.bytes - offset;
    const length = Math.min(frameLength(bytes, 0) ?? available, available);
    const whole = this.#files.read(segment, offset, { wanted: length, available });
    const copy = this.#files.setAside(segment, offset, whole.subarray(0, length));
    this.#options.onTrouble(`${length} bytes of the spool are damaged; they were kept as ${copy} and not shipped`);
    return { batches: [], records: 0, until: { segment, offset: offset + length } };
  }

  #skipFinishedSegments(): void {
    while (this.#segments.length > 1) {
      const oldest = this.#segments[0]!;
      if (oldest.number === this.#position.segment && oldest.bytes > this.#position.offset) return;
      this.#segments.shift();
      this.#files.remove(oldest.number);
      this.#position = { segment: this.#segments[0]!.number, offset: 0 };
    }
  }

  /** A segment that an earlier process left. */
  #adopt(number: number): void {
    const { good, cut } = this.#files.repair(number);
    if (cut > 0)
      this.#options.onTrouble(`${cut} bytes at the end of segment ${number} of the spool were never acknowledged and are cut off`);
    if (good === 0) this.#files.remove(number);
    else this.#segments.push({ number, bytes: good });
  }

  #openSegment(number: number): void {
    if (this.#file >= 0) closeSync(this.#file);
    this.#file = this.#files.create(number);
    this.#segments.push({ number, bytes: 0 });
  }

  #sync(): void {
    if (!this.#unsynced) return;
    this.#unsynced = false;
    fdatasync(this.#file, () => undefined);
  }
}
