/** Models of the newsletter, fitted from the rows that the demo's data files would hold, and how they score a visit. */
import { readFileSync } from 'node:fs';
import { compressedClock } from '../../src/demo/clock.ts';
import type { DecisionContract } from '../../src/domain/decision-contract.ts';
import { digest, rolloutId, versionId } from '../../src/domain/ids.ts';
import type { Spec } from '../../src/domain/spec.ts';
import { type Evaluated, evaluate } from '../../src/evaluation/evaluate.ts';
import type { Column, FeatureRow } from '../../src/features/columns.ts';
import { decisionContract } from '../../src/gates/decision-contract.ts';
import { type NewsletterRow, newsletterRows, type Phase } from '../../src/simulation/newsletter-population.ts';
import type { Override } from '../../src/spec/overrides.ts';
import { parseSpec } from '../../src/spec/parse.ts';
import { evidenceOf } from '../gates/fixtures.ts';
import { fitHere, fitRows, scorerOf } from '../training/fit-here.ts';

const EXAMPLES = new URL('../../examples/newsletter/', import.meta.url);

/** The example's spec under exactly the demo's clock. */
export function demoSpec(name: 'newsletter' | 'newsletter-tempting', more: readonly Override[] = []): Spec {
  const yaml = readFileSync(new URL(`${name}.yaml`, EXAMPLES), 'utf8');
  return parseSpec(yaml, { file: `examples/newsletter/${name}.yaml`, overrides: [...compressedClock, ...more] }).spec;
}

export interface DataFile {
  readonly rows: number;
  readonly phase: Phase;
  readonly seed: number;
}

export type Model = (row: FeatureRow) => number;

/** A row of the past has everything in it, what is known only afterwards, too. */
function pastRow({ features, supportMinutes }: NewsletterRow): FeatureRow {
  return { ...features, support_minutes: supportMinutes };
}

/** Split by time, as the spec says: oldest rows train. */
export function trained(spec: Spec, file: DataFile): Model {
  const training = rowsOf(file, 0, spec.split.shares.training);
  const more = { missingTexts: spec.source.missing, validation: fitRows(columnsOf(spec, []), []) };
  return scorerOf(fitHere(spec.features, labelled(spec, training), more));
}

export interface Pairing {
  readonly spec: Spec;
  readonly champion: Model;
  readonly challenger: Model;
}

/** What the comparison rows of the file say: the rows between training and the newest tenth, scored by both. */
export function evaluated({ spec, champion, challenger }: Pairing, file: DataFile): Evaluated {
  const { training, validation, comparison } = spec.split.shares;
  const rows = rowsOf(file, training + validation, training + validation + comparison);
  const past = rows.map(pastRow);
  return evaluate({
    task: spec.task,
    targets: rows.map(({ converted }) => (converted ? 1 : 0)),
    challenger: past.map(challenger),
    opponent: past.map(champion),
    simpleBaseline: 0.2,
    segments: spec.segments.map(({ columns, critical }) => ({
      name: columns.join(' × '),
      critical,
      columns: columns.map((column) => past.map((row) => row[column] as string)),
    })),
    gates: { ...spec.gates, draws: 300 },
    decision: spec.decision,
    seed: 1,
  });
}

export function frozenContract(spec: Spec, { overall }: Evaluated, name: string): DecisionContract {
  const names = { rolloutId: rolloutId(name), challenger: versionId('newsletter@2'), champion: versionId('newsletter@1') };
  return decisionContract({ spec, evidence: evidenceOf(overall), evidenceDigest: digest('0'.repeat(64)), ...names });
}

const files = new Map<string, readonly NewsletterRow[]>();

function rowsOf(file: DataFile, from: number, until: number): readonly NewsletterRow[] {
  const name = JSON.stringify(file);
  const rows = files.get(name) ?? [...newsletterRows(file)];
  files.set(name, rows);
  return rows.slice(Math.round(from * file.rows), Math.round(until * file.rows));
}

function labelled(spec: Spec, rows: readonly NewsletterRow[]) {
  const labels = rows.map(({ converted }) => (converted ? 1 : 0));
  return fitRows(columnsOf(spec, rows), labels);
}

function columnsOf({ features }: Spec, rows: readonly NewsletterRow[]): Map<string, Column> {
  const past = rows.map(pastRow);
  const column = (name: string, type: string): Column =>
    type === 'number'
      ? Float64Array.from(past, (row) => (row[name] as number | null) ?? Number.NaN)
      : (past.map((row) => row[name] ?? null) as Exclude<Column, Float64Array>);
  return new Map(features.map(({ name, type }) => [name, column(name, type)]));
}
