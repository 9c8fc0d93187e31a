/**
 * What the requests of one model obey from the moment a route is taken on to the moment the next one is. It knows what is still
 * under way under it: only when that has ended may the next route be acknowledged.
 */
import type { VersionId } from '../domain/ids.ts';
import type { Route } from '../domain/route.ts';
import type { LoadedModel } from './loaded-model.ts';
import type { OnlineInput } from './online-input.ts';

export interface Serving {
  readonly route: Route;
  readonly champion: LoadedModel;
  /** Null when there is none, or when it could not be loaded. */
  readonly challenger: LoadedModel | null;
  readonly holdBack: LoadedModel | null;
  /** Aggregates of events that some version in service reads online when a request leaves them out. */
  readonly onlineInputs: readonly OnlineInput[];
  /** Fields that some version in service or the newest spec knows. */
  readonly knownFields: ReadonlySet<string>;
  /** Columns whose values must not be logged as they stand. */
  readonly personal: ReadonlySet<string>;
  readonly challengerBench: Bench;
  /** Everything between `enter` and `leave` may still log something under this route. */
  enter(): void;
  leave(): void;
  readonly isRetired: boolean;
  /** Resolves when nothing is under way any more. */
  retire(): Promise<void>;
}

export interface ServingParts {
  readonly route: Route;
  readonly champion: LoadedModel;
  readonly challenger: LoadedModel | null;
  readonly holdBack: LoadedModel | null;
  readonly specFeatures: readonly string[];
  readonly personal: readonly string[];
}

export function createServing({ specFeatures, personal, ...parts }: ServingParts): Serving {
  let underWay = 0;
  let retired = false;
  let drained: () => void = () => undefined;
  const models = [parts.champion, parts.challenger, parts.holdBack].filter((model) => model !== null);
  return {
    ...parts,
    knownFields: new Set([...specFeatures, ...models.flatMap((model) => [...model.inputNames])]),
    personal: new Set(personal),
    onlineInputs: models.flatMap(({ onlineInputs }) => onlineInputs),
    challengerBench: createBench(),
    enter() {
      underWay += 1;
    },
    leave() {
      underWay -= 1;
      if (retired && underWay === 0) drained();
    },
    get isRetired() {
      return retired;
    },
    retire() {
      retired = true;
      if (underWay === 0) return Promise.resolve();
      return new Promise((resolve) => {
        drained = resolve;
      });
    },
  };
}

/** The loaded version among those in service, if it is one of them and could be loaded. */
export function modelOfVersion(serving: Serving, version: VersionId): LoadedModel | null {
  if (version === serving.route.champion) return serving.champion;
  if (version === serving.route.challenger) return serving.challenger;
  return version === serving.route.holdBack ? serving.holdBack : null;
}

/** A challenger that keeps exceeding its time sits out for a moment, so that waiting for it doesn't slow everybody. */
interface Bench {
  isSittingOut(now: number): boolean;
  answered(): void;
  wasTooSlow(now: number): void;
}

const SLOW_ANSWERS_IN_A_ROW = 3;
const SITS_OUT_MS = 5_000;

function createBench(): Bench {
  let slow = 0;
  let until = 0;
  return {
    isSittingOut: (now) => now < until,
    answered() {
      slow = 0;
    },
    wasTooSlow(now) {
      slow += 1;
      if (slow >= SLOW_ANSWERS_IN_A_ROW) until = now + SITS_OUT_MS;
    },
  };
}
