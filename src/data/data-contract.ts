/**
 * Measures a snapshot against the data contract of its spec. Rules about single rows were applied when they came in, and what they set
 * aside is read from the snapshot; rules about the batch are measured here. What follows from it is decided by the gates.
 */
import type { DataContractFinding, DataContractReport } from '../domain/data-contract-report.ts';
import type { Spec } from '../domain/spec.ts';
import { withDerived } from '../features/derived-values.ts';
import { rawInputs } from '../features/raw-inputs.ts';
import { columnFindings } from './column-findings.ts';
import { type Duck, literal, withDuck } from './duck.ts';
import { featurePower } from './feature-power.ts';
import { labelFindings } from './label-findings.ts';
import { readColumns } from './rows.ts';
import { readDescription, type SetAside, type SetAsideRule, type SnapshotDescription } from './snapshot.ts';
import { counted, percent } from './words.ts';

export interface DataContractInput {
  readonly spec: Spec;
  readonly snapshotPath: string;
  /** The categories of the champion's training by feature; null when there is no champion. */
  readonly seenCategories?: ReadonlyMap<string, ReadonlySet<string>> | null;
  readonly workDir?: string;
  readonly signal?: AbortSignal;
}

/** Rows on which the power of single features is measured; more would not change what is suspicious. */
const POWER_ROWS = 50_000;

export async function checkDataContract({
  spec,
  snapshotPath,
  seenCategories = null,
  workDir,
  signal,
}: DataContractInput): Promise<DataContractReport> {
  return withDuck({ ...(workDir && { workDir }), ...(signal && { signal }) }, async (duck) => {
    const description = await readDescription(duck, snapshotPath);
    await duck.run(`create temp view snapshot as select * from read_parquet(${literal(snapshotPath)})`);
    const rows = Number(await duck.value('select count(*)::integer from snapshot'));
    const findings = [
      ...batchFindings(spec, rows, description),
      ...description.setAside.map((aside) => setAsideFinding(aside, description.rowsIn)),
      ...(await columnFindings(duck, { spec, rows, description, seenCategories })),
      ...(await labelFindings(duck, spec)),
    ];
    return { rows, findings, featurePower: await measurePower(duck, spec) };
  });
}

async function measurePower(duck: Duck, spec: Spec) {
  const labelled = `(select * from snapshot where label is not null order by row_id limit ${POWER_ROWS})`;
  const rows = await readColumns(duck, labelled, { columns: rawInputs(spec) });
  return featurePower(spec, { ...rows, columns: withDerived(spec, rows, spec.source.missing) });
}

function batchFindings({ dataContract }: Spec, rows: number, { rowsIn, setAside }: SnapshotDescription): DataContractFinding[] {
  const findings: DataContractFinding[] = [];
  const { minimumRows, maximumBadRows } = dataContract;
  if (rows < minimumRows) {
    const limit = `at least ${counted(minimumRows, 'row')}`;
    const sentence = `${counted(rows, 'row')} left to learn from: expected ${limit}; bring more rows, or lower dataContract.minimumRows`;
    findings.push({ rule: 'rows', column: null, checked: rows, bad: minimumRows - rows, limit, severity: 'stop', samples: [], sentence });
  }
  const bad = setAside.filter(({ rule }) => rule !== 'duplicate').reduce((sum, { count }) => sum + count, 0);
  if (bad > maximumBadRows * rowsIn) {
    const limit = `at most ${percent(maximumBadRows)} of the rows`;
    const sentence = `${counted(bad, 'row')} of ${counted(rowsIn)} are bad (${percent(bad / rowsIn)}): expected ${limit}; correct the source, or raise dataContract.maximumBadRows`;
    findings.push({
      rule: 'bad-rows',
      column: null,
      checked: rowsIn,
      bad,
      limit,
      severity: 'stop',
      samples: setAside.flatMap(({ samples }) => samples).slice(0, 5),
      sentence,
    });
  }
  return findings;
}

function setAsideFinding({ rule, column, count, expected, samples }: SetAside, rowsIn: number): DataContractFinding {
  const first = samples[0];
  const found = first ? `, found ${first.value === '' ? 'nothing' : JSON.stringify(first.value)} in row ${first.row}` : '';
  const sentence = `${column ?? 'the source'}: ${counted(count, 'row')} of ${counted(rowsIn)} set aside: expected ${expected}${found}`;
  return { rule: contractRule(rule), column, checked: rowsIn, bad: count, limit: expected, severity: 'set-aside', samples, sentence };
}

function contractRule(rule: SetAsideRule): DataContractFinding['rule'] {
  switch (rule) {
    case 'unreadable':
    case 'time':
      return 'type';
    case 'entity':
      return 'required';
    case 'duplicate':
      return 'unique';
    case 'type':
    case 'required':
    case 'minimum':
    case 'maximum':
    case 'allowed':
      return rule;
  }
}
