/** Rows of the view `snapshot` that fulfil a condition: how many, and a few of them to look at. */
import type { DataContractFinding } from '../domain/data-contract-report.ts';
import type { Duck } from './duck.ts';

const SAMPLES = 5;

export async function countWhere(duck: Duck, condition: string): Promise<number> {
  return Number(await duck.value(`select count(*)::integer from snapshot where ${condition}`));
}

/** `value`: SQL for what is shown of a row. */
export async function samplesWhere(duck: Duck, condition: string, value: string): Promise<DataContractFinding['samples']> {
  const found = await duck.all(
    `select source_row::integer as row, ${value}::varchar as value from snapshot where ${condition} order by source_row limit ${SAMPLES}`,
  );
  return found.map((sample) => ({ row: Number(sample.row), value: String(sample.value).slice(0, 200) }));
}
