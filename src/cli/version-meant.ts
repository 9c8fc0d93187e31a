/** Which version somebody means who names a version, or only a model. */
import { InvalidArgumentError } from 'commander';
import { type Digest, type ModelName, modelName, type VersionId, versionId } from '../domain/ids.ts';
import type { Registry } from './connections.ts';
import { Refused } from './context.ts';
import { statusOf } from './lookup.ts';

export type Subject = { readonly model: ModelName } | { readonly version: VersionId };

export function subject(text: string): Subject {
  try {
    return text.includes('@') ? { version: versionId(text) } : { model: modelName(text) };
  } catch {
    throw new InvalidArgumentError('Expected a model such as churn, or a version such as churn@14.');
  }
}

/** What somebody is asked to decide on now, or else the newest version that was registered. */
export async function versionMeant({ db }: Registry, asked: Subject): Promise<VersionId> {
  if ('version' in asked) return asked.version;
  const { model } = asked;
  const { challenger, retraining } = await statusOf(db, model);
  if (retraining?.waitingFor?.gate === 'evaluation') return versionId(retraining.version);
  if (challenger) return versionId(challenger.version);
  const { versionsOf } = await import('../store/registry.ts');
  const newest = (await versionsOf(db, model)).at(-1);
  if (newest) return newest.version;
  const { lastEvaluated } = await import('../store/evaluations.ts');
  const turnedDown = await lastEvaluated(db, model);
  if (turnedDown)
    throw new Refused(`${model} has no registered version; ${turnedDown} was evaluated and did not pass: name it to read why`);
  throw new Refused(
    `${model} has no evaluated version yet; ${retraining ? `${retraining.version} is ${retraining.phase}` : `understudy retrain ${model} trains one`}`,
  );
}

/** A version that waits for a waiver of its evaluation is not registered yet, but its evidence is there to be read. */
export async function evidenceDigestOf({ db }: Pick<Registry, 'db'>, version: VersionId): Promise<Digest> {
  const { evaluationOf } = await import('../store/evaluations.ts');
  const evaluation = await evaluationOf(db, version);
  if (evaluation) return evaluation.evidenceDigest;
  const { versionOrThrow } = await import('../store/registry.ts');
  return (await versionOrThrow(db, version)).evidence;
}
