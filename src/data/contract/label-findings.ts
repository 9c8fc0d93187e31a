/** A label that is always the same cannot be learned; mostly it is the positive value that is written differently. */
import type { DataContractFinding } from '../../domain/data-contract-report.ts';
import { nearestName } from '../../domain/nearest-name.ts';
import type { Spec } from '../../domain/spec.ts';
import { type Duck, ident } from '../duck.ts';
import { columnInParquet } from '../snapshot.ts';
import { treatmentFindings } from './treatment-findings.ts';
import { counted } from '../words.ts';

/** More would make no sentence. */
const TEXTS = 5;

interface Counts {
  readonly rows: number;
  readonly labelled: number;
  readonly positives: number;
  readonly smallest: number | null;
  readonly largest: number | null;
}

export async function labelFindings(duck: Duck, spec: Spec): Promise<DataContractFinding[]> {
  const [found] = await duck.all(`select count(*)::integer as rows, count(label)::integer as labelled,
    coalesce(sum((label > 0)::integer), 0)::integer as positives, min(label)::double as smallest, max(label)::double as largest from snapshot`);
  const counts: Counts = {
    rows: Number(found!.rows),
    labelled: Number(found!.labelled),
    positives: Number(found!.positives),
    smallest: found!.smallest as number | null,
    largest: found!.largest as number | null,
  };
  return [
    ...unknownLabels(spec, counts),
    ...(spec.task === 'regression' ? constantLabel(spec, counts) : await oneClass(duck, spec, counts)),
    ...(spec.treatment === null ? [] : await treatmentFindings(duck, spec.treatment)),
  ];
}

function unknownLabels({ label }: Spec, { rows, labelled }: Counts): DataContractFinding[] {
  if (labelled === rows) return [];
  const sentence = `${label.column}: ${counted(rows - labelled, 'row')} of ${counted(rows)} have no label yet and are left out`;
  const severity = labelled === 0 ? 'stop' : 'report';
  return [{ rule: 'label', column: label.column, samples: [], checked: rows, bad: rows - labelled, limit: 'a label', severity, sentence }];
}

function constantLabel({ label }: Spec, { labelled, smallest, largest }: Counts): DataContractFinding[] {
  if (labelled === 0 || smallest !== largest) return [];
  const limit = 'different numbers';
  const sentence = `${label.column}: all ${counted(labelled, 'row')} have the label ${smallest}: expected ${limit}, or there is nothing to learn`;
  return [{ rule: 'label', column: label.column, samples: [], checked: labelled, bad: labelled, limit, severity: 'stop', sentence }];
}

async function oneClass(duck: Duck, { label }: Spec, { labelled, positives }: Counts): Promise<DataContractFinding[]> {
  if (labelled === 0 || (positives > 0 && positives < labelled)) return [];
  const limit = `rows with ${JSON.stringify(label.positive)} and rows with another value`;
  const sentence = `${label.column}: all ${counted(labelled, 'row')} are ${positives === 0 ? 'negative' : 'positive'}: expected ${limit}, found ${await texts(duck, label)}`;
  return [{ rule: 'label', column: label.column, samples: [], checked: labelled, bad: labelled, limit, severity: 'stop', sentence }];
}

async function texts(duck: Duck, { column, positive }: Spec['label']): Promise<string> {
  const name = ident(columnInParquet(column));
  const found = await duck.all(
    `select ${name}::varchar as text, count(*)::integer as rows from snapshot where ${name} is not null group by 1 order by rows desc, text limit ${TEXTS}`,
  );
  const nearest = nearestName(
    positive,
    found.map(({ text }) => String(text)),
  );
  const hint = nearest !== null && nearest !== positive ? `; did you mean positive: ${JSON.stringify(nearest)}?` : '';
  return `${found.map(({ text, rows }) => `${JSON.stringify(String(text))} (${counted(Number(rows))})`).join(', ')}${hint}`;
}
