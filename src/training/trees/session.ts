/** Rows with their bins, ready to be boosted on: once for a single training, many times in a search. */
import { boost, type Boosted, type BoostInput, bin } from './boost.ts';
import { allocate, type MemoryBuffers, openMemory } from './memory.ts';
import { MOST_ROWS } from './packing.ts';
import { lead, type Team } from './team.ts';

export interface TreeRows {
  readonly x: Float32Array;
  readonly targets: Float64Array;
  readonly weights: Float64Array | null;
}

export interface SessionInput {
  readonly width: number;
  readonly training: TreeRows;
  readonly validation: TreeRows;
  readonly logistic: boolean;
  /** By place: 1 rising, -1 falling, 0 as it likes. */
  readonly monotone: readonly number[];
  /** The most that any tree may have. */
  readonly leaves: number;
  readonly threads: number;
  /** Starts the thread `thread` of those that follow; the first one leads. */
  readonly startFollower: (buffers: MemoryBuffers, thread: number) => void;
}

/** Below this many rows a second thread waits more than it works. */
const ROWS_A_THREAD = 40_000;

export class TreeSession {
  private readonly team: Team;
  private readonly input: SessionInput;
  private bins = 0;

  constructor(input: SessionInput) {
    const { width, training, validation, logistic, leaves } = input;
    const rows = training.targets.length;
    if (rows > MOST_ROWS)
      throw new RangeError(`boosted trees are trained on at most ${MOST_ROWS} rows here, found ${rows}: sample them first`);
    const threads = Math.max(1, Math.min(input.threads, Math.ceil(rows / ROWS_A_THREAD)));
    const buffers = allocate({ rows, width, validationRows: validation.targets.length, leaves, threads, logistic });
    const memory = openMemory(buffers);
    memory.x.set(training.x);
    memory.validationX.set(validation.x);
    memory.targets.set(training.targets);
    if (training.weights) memory.weights.set(training.weights);
    else memory.weights.fill(1);
    memory.monotone.set(input.monotone);
    for (let thread = 1; thread < threads; thread++) input.startFollower(buffers, thread);
    this.team = lead(memory);
    this.input = input;
  }

  boost(input: Pick<BoostInput, 'parameters' | 'seed' | 'finished' | 'onTree'>): Boosted {
    const { bins } = input.parameters;
    if (bins !== this.bins) bin(this.team, bins);
    this.bins = bins;
    const { validation } = this.input;
    return boost(this.team, { ...input, validationTargets: validation.targets, validationWeights: validation.weights });
  }

  close(): void {
    this.team.dismiss();
  }
}
