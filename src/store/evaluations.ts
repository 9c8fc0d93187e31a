import type { Knex } from 'knex';
import { type Digest, digest, type ModelName, type VersionId, versionId } from '../domain/ids.ts';
import type { Verdict } from '../domain/verdict.ts';
import { recordEvent } from './events.ts';

export interface StoredEvaluation {
  readonly evidenceDigest: Digest;
  readonly verdict: Verdict;
  readonly pageDigest: Digest | null;
  readonly evaluatedAt: string;
}

export interface NewEvaluation {
  readonly model: ModelName;
  readonly version: VersionId;
  readonly champion: VersionId | null;
  readonly evidence: Digest;
  readonly page: Digest | null;
  readonly verdict: Verdict;
}

export async function storeEvaluation(db: Knex, evaluation: NewEvaluation): Promise<void> {
  const { model, version, champion, evidence, page, verdict } = evaluation;
  await db.transaction(async (transaction) => {
    await transaction('evaluations')
      .insert({
        evidence_digest: evidence,
        model,
        version_id: version,
        champion_id: champion,
        verdict: verdict.kind,
        reasons: JSON.stringify(verdict.reasons),
        page_digest: page,
      })
      .onConflict('evidence_digest')
      .ignore();
    await recordEvent(transaction, model, {
      kind: 'evaluation-completed',
      by: 'understudy',
      subject: version,
      summary: `${version} was evaluated against ${champion ?? 'the simple baseline'}: ${verdict.kind}`,
      details: { evidence, verdict },
      idempotencyKey: `evaluated:${evidence}`,
    });
  });
}

/** The newest evaluation of a version. */
export async function evaluationOf(db: Knex, version: string): Promise<StoredEvaluation | null> {
  const row = await db('evaluations').where({ version_id: version }).orderBy('evaluated_at', 'desc').first();
  if (!row) return null;
  return {
    evidenceDigest: digest(row.evidence_digest),
    verdict: { kind: row.verdict, reasons: row.reasons },
    pageDigest: row.page_digest === null ? null : digest(row.page_digest),
    evaluatedAt: row.evaluated_at.toISOString(),
  };
}

/** The version of a model that was evaluated last, whether or not it was let in. */
export async function lastEvaluated(db: Knex, model: ModelName): Promise<VersionId | null> {
  const row = await db('evaluations').where({ model }).orderBy('evaluated_at', 'desc').first('version_id');
  return row ? versionId(row.version_id) : null;
}

export interface NewVerdict {
  readonly model: ModelName;
  /** A retraining or rollout: with gate and look the key under which a verdict is reached once. */
  readonly subject: string;
  readonly gate: string;
  readonly look: number;
  readonly verdict: Verdict;
  readonly details: unknown;
}

/** Answers what was reached first: a repeated look never changes its verdict. */
export async function storeVerdict(db: Knex, { model, subject, gate, look, verdict, details }: NewVerdict): Promise<Verdict> {
  const row = {
    subject,
    gate,
    look,
    model,
    kind: verdict.kind,
    reasons: JSON.stringify(verdict.reasons),
    details: JSON.stringify(details),
  };
  await db('verdicts').insert(row).onConflict(['subject', 'gate', 'look']).ignore();
  const stored = await db('verdicts').where({ subject, gate, look }).first('kind', 'reasons');
  return { kind: stored.kind, reasons: stored.reasons };
}
