/** Entities with rows on both sides of a split: what the model remembers of them flatters it. By entity that cannot be. */
import type { DataContractFinding } from '../../domain/data-contract-report.ts';
import type { Spec } from '../../domain/spec.ts';
import { type Duck, literal } from '../duck.ts';
import { counted, percent } from '../words.ts';

/** Entities that are looked at; more would not change the share. */
const ENTITIES = 200_000;
/** Customers come back, so this is reported and not held against anybody; below, it is not worth a line. */
const WORTH_SAYING = 0.01;

export async function entitiesAcrossSplit(duck: Duck, { entity, split, time }: Spec, rows: number): Promise<DataContractFinding[]> {
  if (entity.kind === 'row-number' || split.by !== 'time' || time === null) return [];
  const [training, comparison] = await cuts(duck, split);
  if (training === null || comparison === null) return [];
  const part = rows <= ENTITIES ? '' : `where hash(entity) % ${Math.ceil(rows / ENTITIES)} = 0`;
  const [found] =
    await duck.all(`select count(*)::integer as entities, (count(*) filter (first <= ${training} and last >= ${comparison}))::integer as bad
    from (select min(seen_at) as first, max(seen_at) as last from snapshot ${part} group by entity having max(seen_at) >= ${comparison})`);
  const { entities, bad } = { entities: Number(found!.entities), bad: Number(found!.bad) };
  if (bad <= WORTH_SAYING * entities) return [];
  const sentence = `${entity.column}: ${counted(bad)} of ${counted(entities)} entities that are compared on have rows in training, too (${percent(bad / entities)}): what is remembered of them flatters the figures; a split by entity has none`;
  return [
    {
      rule: 'entities-across-split',
      column: entity.column,
      checked: entities,
      bad,
      limit: 'few entities on both sides',
      severity: 'report',
      samples: [],
      sentence,
    },
  ];
}

/** SQL for the last time of training and the first of the comparison. */
async function cuts(duck: Duck, { shares, trainingUntil, comparisonFrom }: Spec['split']): Promise<(string | null)[]> {
  if (trainingUntil !== null) {
    const until = `(timestamp ${literal(trainingUntil.slice(0, 10))} + interval 1 day)`;
    return [until, comparisonFrom === null ? until : `timestamp ${literal(comparisonFrom.slice(0, 10))}`];
  }
  const at = (share: number) => `quantile_disc(epoch_us(seen_at), ${Math.min(1, share)})`;
  const [found] = await duck.all(
    `select ${at(shares.training)} as training, ${at(shares.training + shares.validation + shares.calibration)} as comparison from snapshot_sample where label is not null`,
  );
  return [found!.training, found!.comparison].map((us) => (us === null ? null : `make_timestamp(${String(us)})`));
}
