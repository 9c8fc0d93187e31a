import type { Knex } from 'knex';
import { type ModelName, modelName, versionOf } from '../domain/ids.ts';
import type { Spec } from '../domain/spec.ts';
import { Failure } from '../failures.ts';
import { recordEvent } from './events.ts';
import { completeSpec } from './stored-spec.ts';

export interface SpecRevision {
  readonly spec: Spec;
  readonly revision: number;
  readonly appliedBy: string;
}

export interface AppliedSpec {
  readonly spec: Spec;
  readonly yaml: string;
  readonly digest: string;
  readonly by: string;
}

/** A new revision, unless the newest one says exactly the same. */
export async function applySpec(db: Knex, { spec, yaml, digest, by }: AppliedSpec): Promise<{ revision: number; changed: boolean }> {
  return db.transaction(async (transaction) => {
    await transaction('models').insert({ name: spec.model, current_revision: 0 }).onConflict('name').ignore();
    const model = await transaction('models').where({ name: spec.model }).forUpdate().first('current_revision');
    const revision: number = model.current_revision;
    const latest = await transaction('spec_revisions').where({ model: spec.model, revision }).first('digest', 'spec');
    if (latest?.digest === digest) return { revision, changed: false };
    if (latest) await insistOnTask(transaction, spec, completeSpec(latest.spec));
    const row = { model: spec.model, revision: revision + 1, digest, yaml, spec: JSON.stringify(spec), applied_by: by };
    await transaction('spec_revisions').insert(row);
    await transaction('models')
      .where({ name: spec.model })
      .update({ current_revision: revision + 1 });
    await recordEvent(transaction, spec.model, {
      kind: 'spec-applied',
      by,
      subject: `${spec.model} revision ${revision + 1}`,
      summary: `${by} applied revision ${revision + 1} of the spec`,
      details: { digest },
      idempotencyKey: `spec:${revision + 1}`,
    });
    return { revision: revision + 1, changed: true };
  });
}

/**
 * Versions of a model take each other's place: scores, evidence and cut-offs of one task mean nothing to another. Until there is a
 * version, or one is being made, the task may still be corrected.
 */
async function insistOnTask(db: Knex, { model, task }: Spec, before: Spec): Promise<void> {
  if (task === before.task) return;
  const version = await db('model_versions').where({ model }).orderBy('number', 'desc').first('version_id');
  const training = await db('retrainings').where({ model, closed_at: null }).first('version_number');
  if (!version && !training) return;
  const found = version ? `has ${version.version_id}` : `is training ${versionOf(model, training.version_number)}`;
  throw new Failure(
    'SpecInvalid',
    `${model} is a model for ${before.task} and ${found}, so its task cannot become ${task}: describe that as another model, such as ${model}-${task}`,
    { model, task, was: before.task },
  );
}

export async function currentSpec(db: Knex, model: string): Promise<SpecRevision> {
  const row = await db('models')
    .join('spec_revisions', (join) =>
      join.on('models.name', 'spec_revisions.model').andOn('models.current_revision', 'spec_revisions.revision'),
    )
    .where({ 'models.name': model })
    .first('spec', 'revision', 'applied_by');
  if (!row) throw await unknownModel(db, model);
  return { spec: completeSpec(row.spec), revision: row.revision, appliedBy: row.applied_by };
}

export async function specRevision(db: Knex, model: string, revision: number): Promise<SpecRevision> {
  const row = await db('spec_revisions').where({ model, revision }).first('spec', 'revision', 'applied_by');
  if (!row) throw await unknownModel(db, model);
  return { spec: completeSpec(row.spec), revision: row.revision, appliedBy: row.applied_by };
}

export async function modelNames(db: Knex): Promise<readonly ModelName[]> {
  const names: string[] = await db('models').orderBy('name').pluck('name');
  return names.map(modelName);
}

async function unknownModel(db: Knex, model: string): Promise<Failure> {
  const known = await modelNames(db);
  const hint = known.length === 0 ? 'no model has been described yet: understudy apply FILE' : `known models: ${known.join(', ')}`;
  return new Failure('ModelNotFound', `there is no model "${model}"; ${hint}`, { model, known });
}
