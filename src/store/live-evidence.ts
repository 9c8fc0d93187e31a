/** The one reader of live sums for the judge: it hides which table they come from. Everything is as of one moment of database time. */
import type { Knex } from 'knex';
import type { DecisionContract, GroupCounts, JudgedStage, LiveEvidence } from '../domain/decision-contract.ts';
import { readLiveLatency } from './live-latency.ts';
import { readPairs, readPrimary } from './live-outcomes.ts';

export async function readLiveEvidence(db: Knex, contract: DecisionContract, stage: JudgedStage): Promise<LiveEvidence> {
  return db.transaction((transaction) => readWithin(transaction, contract, stage), { isolationLevel: 'repeatable read', readOnly: true });
}

async function readWithin(transaction: Knex.Transaction, contract: DecisionContract, stage: JudgedStage): Promise<LiveEvidence> {
  // A look that takes this long is given up and taken again by whoever asked.
  await transaction.raw(`set local statement_timeout = '60s'`);
  const { rows } = await transaction.raw<{ rows: { now: Date }[] }>('select now() as now');
  const asOf = rows[0]!.now.toISOString();
  const { control, challenger } = await errorsByGroup(transaction, contract);
  const rehearsed = await rehearsals(transaction, contract, stage);
  const latency = await readLiveLatency(transaction, contract, { since: stage.since, asOf });
  const conversion = await readPrimary(transaction, contract, asOf);
  const pairs = await readPairs(transaction, contract, asOf);
  return {
    asOf,
    stage: {
      sinceMs: Math.max(0, Date.parse(asOf) - Date.parse(stage.since)),
      predictions: stage.kind === 'shadow' ? rehearsed.sinceStage : await answersSince(transaction, contract, stage.since),
      maturedOutcomes: stage.kind === 'shadow' ? pairs.labels.length : conversion.challenger.entities,
    },
    errors: { control, challenger, shadow: { predictions: rehearsed.attempts, errors: rehearsed.failures } },
    latency,
    conversion,
    pairs,
    pairsStored: rehearsed.stored,
    copiesDropped: await copiesDropped(transaction, contract),
  };
}

/** The arms have traffic only while the challenger ramps, so these sums begin with the ramp. By assigned arm: a fallback is an error of the arm it was meant for. */
async function errorsByGroup(
  transaction: Knex.Transaction,
  { rolloutId }: DecisionContract,
): Promise<{ control: GroupCounts[]; challenger: GroupCounts[] }> {
  const rows: { arm: string; predictions: number; errors: number }[] = await transaction('rollout_traffic')
    .where({ rollout_id: rolloutId })
    .orderBy(['arm', 'bucket_group'])
    .select('arm', 'predictions', 'errors');
  const groupsOf = (arm: string) => rows.filter((row) => row.arm === arm).map(({ predictions, errors }) => ({ predictions, errors }));
  return { control: groupsOf('control'), challenger: groupsOf('challenger') };
}

interface Rehearsals {
  readonly stored: number;
  readonly sinceStage: number;
  /** Copies that the challenger was asked to score, and those that it could not. */
  readonly attempts: number;
  readonly failures: number;
}

async function rehearsals(transaction: Knex.Transaction, { rolloutId }: DecisionContract, { since }: JudgedStage): Promise<Rehearsals> {
  const { rows } = await transaction.raw<{ rows: [Rehearsals] }>(
    /* sql */ `
    select count(*) as stored, count(*) filter (where predicted_at >= ?) as "sinceStage",
      count(*) filter (where arm <> 'challenger') as attempts, count(failure) as failures
    from shadow_pairs where rollout_id = ?`,
    [since, rolloutId],
  );
  return rows[0];
}

async function answersSince(transaction: Knex.Transaction, { rolloutId }: DecisionContract, since: string): Promise<number> {
  const row = await transaction('predictions')
    .where({ rollout_id: rolloutId, arm: 'challenger' })
    .andWhere('predicted_at', '>=', since)
    .count('* as answers')
    .first();
  return Number(row?.answers ?? 0);
}

async function copiesDropped(transaction: Knex.Transaction, { rolloutId }: DecisionContract): Promise<number> {
  const row = await transaction('dropped_copies').where({ rollout_id: rolloutId }).sum('dropped_count as dropped').first();
  return Number(row?.dropped ?? 0);
}
