/** What differs from one telling of the story to another: the model, its people, and what happens to them. The scenes are the same. */
import type { Compressed } from './clock.ts';
import type { Programs } from './programs.ts';

export type Era = 'before' | 'after';

export interface Place {
  readonly programs: Programs;
  /** Where the story keeps its files. */
  readonly dataDir: string;
}

export interface Scenery {
  readonly model: string;
  readonly spec: string;
  /** On top of the compressed clock. */
  readonly settings: readonly Compressed[];
  /** The spec with the column that somebody is tempted by. */
  readonly tempting: { readonly spec: string; readonly settings: readonly Compressed[] };
  /** The file that is trained on. */
  readonly dataFile: string;
  /** Fills the data file with what a team has before its world changes, or once it has. */
  prepare(place: Place, era: Era): Promise<void>;
  /** What plays the application, without rate and duration. */
  simulate(place: Place, era: Era): readonly string[];
  readonly words: Words;
}

export interface Words {
  readonly people: string;
  /** Said before anything is trained; empty where there is nothing to explain. */
  readonly opening: readonly string[];
  readonly traffic: string;
  readonly shift: string;
  readonly confirmed: string;
  readonly temptation: string;
  readonly temptedBy: string;
  /** What the column is worth when the application asks. */
  readonly live: string;
  /** Said at the end. */
  readonly closing: readonly string[];
}
