/**
 * Measures a snapshot against the data contract of its spec: what was set aside when it came in, its columns, its labels, its leaks,
 * and what has moved since the champion. What follows from it is decided by the gates.
 */
import type { DataContractFinding, DataContractReport } from '../../domain/data-contract-report.ts';
import type { SnapshotProfile } from '../../domain/snapshot-profile.ts';
import type { Spec } from '../../domain/spec.ts';
import { withDerived } from '../../features/derived-values.ts';
import { rawInputs } from '../../features/raw-inputs.ts';
import { batchFindings } from './batch-findings.ts';
import { columnFindings } from './column-findings.ts';
import { comparedWith } from './compared-columns.ts';
import { type Duck, literal, withDuck } from '../duck.ts';
import { featurePower } from './feature-power.ts';
import { labelFindings } from './label-findings.ts';
import { changedLabels, labelShiftFindings } from './label-shift-findings.ts';
import { identifiers, missingAtServing, type ServedColumn, timesAfterPrediction } from './leak-signs.ts';
import { profileSnapshot, SAMPLED } from '../profile.ts';
import { repetitionFindings } from './repetition-findings.ts';
import { setAsideFindings, warningFindings } from './row-findings.ts';
import { readColumns } from '../rows.ts';
import { segmentChecks } from './segment-checks.ts';
import { segmentFindings } from './segment-findings.ts';
import { shiftFindings, skewFindings } from './shift-findings.ts';
import { readDescription, type SnapshotColumn } from '../snapshot.ts';
import { insistOnExpressions } from './snapshot-expressions.ts';
import { entitiesAcrossSplit } from './split-findings.ts';

export interface DataContractInput {
  readonly spec: Spec;
  readonly snapshotPath: string;
  /** The categories of the champion's training by feature; null when there is no champion. */
  readonly seenCategories?: ReadonlyMap<string, ReadonlySet<string>> | null;
  /** The snapshot that the champion was trained on; null when there is no champion. */
  readonly champion?: ChampionSnapshot | null;
  /** Kept rows of the model's earlier snapshots that kept their contract. */
  readonly earlierRows?: readonly number[];
  /** When the check is made, in ISO 8601; without it the age of the rows is not judged. */
  readonly now?: string | null;
  /** What the gateways were asked of late, in the bins of this profile; null: too little. */
  readonly served?: (profile: SnapshotProfile) => Promise<readonly ServedColumn[] | null>;
  readonly workDir?: string;
  readonly signal?: AbortSignal;
}

export interface ChampionSnapshot {
  readonly profile: SnapshotProfile | null;
  /** Null when it was withdrawn. */
  readonly path: string | null;
}

export interface CheckedSnapshot extends DataContractReport {
  readonly profile: SnapshotProfile;
}

/** Rows on which the power of single features is measured; more would not change what is suspicious. */
const POWER_ROWS = 50_000;

export async function checkDataContract(input: DataContractInput): Promise<CheckedSnapshot> {
  const { spec, snapshotPath, workDir, signal } = input;
  return withDuck({ ...(workDir && { workDir }), ...(signal && { signal }) }, async (duck) => {
    const description = await readDescription(duck, snapshotPath);
    await insistOnExpressions(spec.dataContract.expressions, description.columns);
    await duck.run(`create temp view snapshot as select * from read_parquet(${literal(snapshotPath)})`);
    const rows = Number(await duck.value('select count(*)::integer from snapshot'));
    const profile = await profileSnapshot(duck, description, { rows });
    const profiles = new Map(profile.columns.map((column) => [column.name, column] as const));
    const served = (await input.served?.(profile)) ?? [];
    const now = input.now ?? null;
    const age = now === null ? { latestAt: profile.latestAt, ahead: 0 } : await ageUntil(duck, now);
    const batch = { rows, description, ...age, earlierRows: input.earlierRows ?? [], now };
    const findings = [
      ...batchFindings(spec, batch),
      ...setAsideFindings(spec, description),
      ...(await warningFindings(duck, spec, { rows, columns: description.columns })),
      ...(await columnFindings(duck, {
        spec,
        rows,
        profiles,
        seenCategories: input.seenCategories ?? null,
        championPath: input.champion?.path ?? null,
      })),
      ...(await labelFindings(duck, spec)),
      ...(await sinceTheChampion(duck, { ...input, profile, columns: description.columns })),
      ...skewFindings(spec.dataContract.servingSkew, servedBeside(profile, served)),
      ...(await entitiesAcrossSplit(duck, spec, rows)),
    ];
    const leakSigns = [
      ...(await timesAfterPrediction(duck, spec, description.columns)),
      ...missingAtServing(profiles, served, rows),
      ...(await identifiers(duck, spec, { profiles, rows })),
    ];
    const power = await measurePower(duck, spec, profile.label.labelled);
    const onSegments = segmentFindings(power.segments ?? [], rows, spec.gates);
    return { rows, findings: [...findings, ...onSegments], ...power, leakSigns, profile };
  });
}

/** Time zones that nobody wrote down move a row by a day at most. */
const AHEAD_OF_US = "interval '1 day'";

/** One row that is dated years ahead would make the oldest batch look fresh. */
async function ageUntil(duck: Duck, now: string): Promise<{ latestAt: string | null; ahead: number }> {
  const isAhead = `seen_at > ${literal(now.replace('Z', ''))}::timestamp + ${AHEAD_OF_US}`;
  const [found] = await duck.all(`select (count(*) filter (where ${isAhead}))::integer as ahead,
    strftime(max(seen_at) filter (where not ${isAhead}), '%Y-%m-%dT%H:%M:%S.%gZ') as latest from snapshot`);
  return { latestAt: found!.latest as string | null, ahead: Number(found!.ahead) };
}

async function measurePower(duck: Duck, spec: Spec, labelledRows: number): Promise<Pick<DataContractReport, 'featurePower' | 'segments'>> {
  const labelled = `(select * from ${SAMPLED} where label is not null order by row_id limit ${POWER_ROWS})`;
  const inputs = rawInputs(spec);
  const more = spec.segments
    .flatMap(({ columns }) => columns)
    .filter((column) => ![...inputs, ...spec.features].some(({ name }) => name === column))
    .map((name) => ({ name, type: 'text' }) as const);
  const rows = await readColumns(duck, labelled, { columns: [...inputs, ...more] });
  const derived = { ...rows, columns: withDerived(spec, rows, spec.source.missing) };
  return { featurePower: featurePower(spec, derived), segments: segmentChecks(spec, derived, labelledRows) };
}

interface Since extends DataContractInput {
  readonly profile: SnapshotProfile;
  readonly columns: readonly SnapshotColumn[];
}

async function sinceTheChampion(duck: Duck, { spec, champion, profile, columns }: Since): Promise<DataContractFinding[]> {
  if (!champion) return [];
  const findings: DataContractFinding[] = [];
  if (champion.profile !== null) {
    const names = new Set(rawInputs(spec).map(({ name }) => name));
    const wanted = columns.filter(({ name }) => names.has(name));
    const compared = await comparedWith(duck, champion.profile, wanted);
    findings.push(...repetitionFindings(profile, champion.profile));
    findings.push(...shiftFindings(spec.dataContract.shift, compared));
    findings.push(...labelShiftFindings(spec, profile, champion.profile));
  }
  if (champion.path !== null) findings.push(...(await changedLabels(duck, spec, champion.path)));
  return findings;
}

/** What was served beside what will be trained on: the served side is counted in the bins of this snapshot. */
function servedBeside({ columns }: SnapshotProfile, served: readonly ServedColumn[]) {
  return served.flatMap(({ feature, histogram }) => {
    const reference = columns.find(({ name }) => name === feature)?.histogram;
    return reference ? [{ column: feature, reference, current: histogram }] : [];
  });
}
