/**
 * Matured outcomes, over entities. A prediction counts only once its maturity window has passed, an early positive too, since
 * positives would otherwise be over-counted; what happened after the window did not happen for the label.
 */
import type { Knex } from 'knex';
import type { ArmOutcomes, DecisionContract, LiveEvidence } from '../domain/decision-contract.ts';

/** Beyond this the earliest pairs decide: the sample then stays what it was at the look before. */
const MOST_PAIRS = 100_000;

/** The newest revision of each prediction's outcome. */
const NEWEST_OUTCOME = /* sql */ `
  left join lateral (select value, occurred_at from outcomes
    where outcomes.prediction_id = asked.prediction_id and outcomes.kind = :outcome order by revision desc limit 1) outcome on true`;

const IN_TIME = /* sql */ `outcome.occurred_at <= asked.predicted_at + :maturityMs * interval '1 millisecond'`;
const HAPPENED = /* sql */ `(outcome.value > 0 and ${IN_TIME})`;
/** What came in time, each capped; what did not come is nothing where the spec says so, and unknown otherwise. */
const VALUE = /* sql */ `case when outcome.value is not null and ${IN_TIME} then greatest(-:cap::double precision, least(:cap::double precision, outcome.value)) else 0 end`;
const VALUE_KNOWN = /* sql */ `(:absentCounts or (outcome.value is not null and ${IN_TIME}))`;

interface OutcomeRule {
  readonly outcome: string;
  readonly maturityMs: number;
  readonly absent: 'negative' | 'unknown';
}

function bindings({ outcome, maturityMs, absent }: OutcomeRule, contract: DecisionContract, asOf: string) {
  return { outcome, maturityMs, absentCounts: absent === 'negative', rollout: contract.rolloutId, asOf };
}

/** One count an entity and arm: its first prediction since the ramp began. */
export async function readPrimary(
  transaction: Knex.Transaction,
  contract: DecisionContract,
  asOf: string,
): Promise<LiveEvidence['conversion']> {
  return contract.primary.kind === 'value' ? readValues(transaction, contract, asOf) : readConversion(transaction, contract, asOf);
}

const NO_CAP = Number.MAX_VALUE;

async function readValues(transaction: Knex.Transaction, contract: DecisionContract, asOf: string): Promise<LiveEvidence['conversion']> {
  const { primary } = contract;
  const { rows } = await transaction.raw<{ rows: (Required<ArmOutcomes> & { arm: string })[] }>(
    /* sql */ `
    with asked as (
      select arm, first_prediction_id as prediction_id, first_predicted_at as predicted_at from rollout_entities
      where rollout_id = :rollout and first_predicted_at <= cast(:asOf as timestamptz) - :maturityMs * interval '1 millisecond'
    ), found as (
      select arm, ${VALUE} as value from asked ${NEWEST_OUTCOME} where ${VALUE_KNOWN}
    )
    select arm, count(*) as entities, count(*) filter (where value <> 0) as positives, sum(value) as sum, sum(value * value) as "sumOfSquares"
    from found group by arm`,
    { ...bindings(primary, contract, asOf), cap: primary.cap ?? NO_CAP },
  );
  const of = (arm: string): ArmOutcomes => {
    const row = rows.find((known) => known.arm === arm);
    return { entities: row?.entities ?? 0, positives: row?.positives ?? 0, sum: row?.sum ?? 0, sumOfSquares: row?.sumOfSquares ?? 0 };
  };
  return { control: of('control'), challenger: of('challenger') };
}

async function readConversion(
  transaction: Knex.Transaction,
  contract: DecisionContract,
  asOf: string,
): Promise<LiveEvidence['conversion']> {
  const { rows } = await transaction.raw<{ rows: { arm: string; entities: number; positives: number }[] }>(
    /* sql */ `
    with asked as (
      select arm, first_prediction_id as prediction_id, first_predicted_at as predicted_at from rollout_entities
      where rollout_id = :rollout and first_predicted_at <= cast(:asOf as timestamptz) - :maturityMs * interval '1 millisecond'
    )
    select arm, count(*) as entities, count(*) filter (where ${HAPPENED}) as positives
    from asked ${NEWEST_OUTCOME}
    where :absentCounts or outcome.value is not null
    group by arm`,
    bindings(contract.primary, contract, asOf),
  );
  const of = (arm: string) => {
    const row = rows.find((known) => known.arm === arm);
    return { entities: row?.entities ?? 0, positives: row?.positives ?? 0 };
  };
  return { control: of('control'), challenger: of('challenger') };
}

/**
 * One pair an entity: its first. When an action taken on the score may change the outcome, only pairs of the two equal arms are
 * unbiased together, so only these count.
 */
export async function readPairs(transaction: Knex.Transaction, contract: DecisionContract, asOf: string): Promise<LiveEvidence['pairs']> {
  const isValue = contract.label.kind === 'value';
  const label = isValue ? VALUE : `case when ${HAPPENED} then 1 else 0 end`;
  const isKnown = isValue ? VALUE_KNOWN : ':absentCounts or outcome.value is not null';
  const arms = contract.dependsOnAction === 'possible' ? `and arm in ('control', 'challenger')` : '';
  const { rows } = await transaction.raw<{ rows: { label: number; champion: number; challenger: number }[] }>(
    /* sql */ `
    with first_pairs as materialized (
      select distinct on (entity_hash) prediction_id, predicted_at, champion_score, challenger_score from shadow_pairs
      where rollout_id = :rollout and champion_score is not null and challenger_score is not null ${arms}
      order by entity_hash, prediction_id
    ), asked as (
      select * from first_pairs where predicted_at <= cast(:asOf as timestamptz) - :maturityMs * interval '1 millisecond'
    )
    select ${label} as label, champion_score as champion, challenger_score as challenger
    from asked ${NEWEST_OUTCOME}
    where ${isKnown}
    order by asked.prediction_id limit ${MOST_PAIRS}`,
    { ...bindings(contract.label, contract, asOf), ...(isValue && { cap: NO_CAP }) },
  );
  return {
    labels: rows.map(({ label }) => label),
    champion: rows.map(({ champion }) => champion),
    challenger: rows.map(({ challenger }) => challenger),
  };
}
