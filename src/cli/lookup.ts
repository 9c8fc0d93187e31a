import type { Knex } from 'knex';
import type { ModelName } from '../domain/ids.ts';
import { nearestName } from '../domain/nearest-name.ts';
import { Failure } from '../failures.ts';
import { currentSpec } from '../store/specs.ts';
import { type ModelStatus, modelStatus } from '../store/status.ts';

/** Refuses an unknown model with the name that was probably meant. */
export async function insistOnModel(db: Knex, model: ModelName): Promise<void> {
  await named(model, () => currentSpec(db, model));
}

export async function statusOf(db: Knex, model: ModelName): Promise<ModelStatus> {
  return named(model, () => modelStatus(db, model));
}

async function named<Result>(model: ModelName, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Failure) || error.type !== 'ModelNotFound') throw error;
    const known = Array.isArray(error.details.known) ? error.details.known.map(String) : [];
    const nearest = nearestName(model, known);
    if (nearest === null) throw error;
    throw new Failure('ModelNotFound', `there is no model "${model}"; did you mean ${nearest}?`, error.details, { cause: error });
  }
}
