declare const brand: unique symbol;
type Branded<Base, Name extends string> = Base & { readonly [brand]: Name };

export type ModelName = Branded<string, 'ModelName'>;
/** `churn@14`: the model's name and the version's number. */
export type VersionId = Branded<string, 'VersionId'>;
/** One attempt to make a challenger champion. Workflow ids repeat from attempt to attempt, so what must happen once is keyed by this. */
export type RolloutId = Branded<string, 'RolloutId'>;
/** One attempt to train a version, with all the reasons that were merged into it. */
export type RetrainingId = Branded<string, 'RetrainingId'>;
/** SHA-256 in lower-case hex, 64 characters. */
export type Digest = Branded<string, 'Digest'>;
/** Hundredths of a percent of the traffic, 0 to 10,000. */
export type ShareBps = Branded<number, 'ShareBps'>;

const MODEL_NAME = /^[a-z0-9][a-z0-9._-]{0,62}$/;
const VERSION_ID = /^([a-z0-9][a-z0-9._-]{0,62})@([1-9][0-9]{0,8})$/;
const DIGEST = /^[0-9a-f]{64}$/;

export function modelName(text: string): ModelName {
  if (!MODEL_NAME.test(text)) throw new RangeError(`not a model name (lower-case letters, digits, dots, dashes): ${JSON.stringify(text)}`);
  return text as ModelName;
}

export function versionId(text: string): VersionId {
  if (!VERSION_ID.test(text)) throw new RangeError(`not a version (expected model@number, such as churn@14): ${JSON.stringify(text)}`);
  return text as VersionId;
}

export function versionOf(model: ModelName, number: number): VersionId {
  return versionId(`${model}@${number}`);
}

export function modelOf(version: VersionId): ModelName {
  return modelName(version.slice(0, version.lastIndexOf('@')));
}

export function versionNumber(version: VersionId): number {
  return Number(version.slice(version.lastIndexOf('@') + 1));
}

export function digest(text: string): Digest {
  if (!DIGEST.test(text)) throw new RangeError(`not a SHA-256 digest: ${JSON.stringify(text)}`);
  return text as Digest;
}

export function shareBps(value: number): ShareBps {
  if (!Number.isInteger(value) || value < 0 || value > 10_000) throw new RangeError(`not a share of traffic in basis points: ${value}`);
  return value as ShareBps;
}

export const rolloutId = (text: string): RolloutId => text as RolloutId;
export const retrainingId = (text: string): RetrainingId => text as RetrainingId;

// The ids of workflows: the key makes "only one at a time" true.
export const retrainWorkflowId = (model: ModelName): string => `retrain:${model}`;
export const rolloutWorkflowId = (model: ModelName): string => `rollout:${model}`;
export const watchWorkflowId = (model: ModelName): string => `watch:${model}`;
export const rollbackWorkflowId = (model: ModelName): string => `rollback:${model}`;
export const reproduceWorkflowId = (version: VersionId): string => `reproduce:${version}`;
export const materializeWorkflowId = (model: ModelName): string => `materialize:${model}`;
export const materializeScheduleId = (model: ModelName): string => `materialize:${model}:schedule`;
export const scheduleId = (model: ModelName): string => `retrain:${model}:schedule`;
