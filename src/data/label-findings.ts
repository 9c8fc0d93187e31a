/** A label that has one class only cannot be learned; mostly it is the positive value that is written differently. */
import type { DataContractFinding } from '../domain/data-contract-report.ts';
import { nearestName } from '../domain/nearest-name.ts';
import type { Spec } from '../domain/spec.ts';
import { type Duck, ident } from './duck.ts';
import { columnInParquet } from './snapshot.ts';
import { counted } from './words.ts';

/** More would make no sentence. */
const TEXTS = 5;

export async function labelFindings(duck: Duck, { label }: Spec): Promise<DataContractFinding[]> {
  const [counts] = await duck.all(
    'select count(*)::integer as rows, count(label)::integer as labelled, coalesce(sum(label), 0)::integer as positives from snapshot',
  );
  const [rows, labelled, positives] = [Number(counts!.rows), Number(counts!.labelled), Number(counts!.positives)];
  const findings: DataContractFinding[] = [];
  const about = { rule: 'label', column: label.column, samples: [] } as const;
  if (labelled < rows) {
    const sentence = `${label.column}: ${counted(rows - labelled, 'row')} of ${counted(rows)} have no label yet and are left out`;
    findings.push({
      ...about,
      checked: rows,
      bad: rows - labelled,
      limit: 'a label',
      severity: labelled === 0 ? 'stop' : 'report',
      sentence,
    });
  }
  if (labelled > 0 && (positives === 0 || positives === labelled)) {
    const limit = `rows with ${JSON.stringify(label.positive)} and rows with another value`;
    const sentence = `${label.column}: all ${counted(labelled, 'row')} are ${positives === 0 ? 'negative' : 'positive'}: expected ${limit}, found ${await texts(duck, label)}`;
    findings.push({ ...about, checked: labelled, bad: labelled, limit, severity: 'stop', sentence });
  }
  return findings;
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
