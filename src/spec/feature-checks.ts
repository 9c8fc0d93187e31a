/** What features must not say of each other, of the inputs they are made of, and of the tables of events. */
import type { ReadSections } from './cross-checks.ts';
import { valueLimits } from './data-contract-schema.ts';
import { aggregates, derivations, type WrittenFeature } from './feature-schema.ts';
import type { Path, Problem } from './problems.ts';
import { derivationOf, tableAndColumn, typeOf } from './to-features.ts';

type Derivation = (typeof derivations)[number];
type Types = ReadonlyMap<string, 'number' | 'category' | 'boolean' | 'time'>;

const TABLE_NAME = /^[A-Za-z][A-Za-z0-9_-]*$/;

export function derivationProblems(sections: ReadSections): Problem[] {
  const { features, inputs, events } = sections;
  if (!features || !inputs || !events) return [];
  return [
    ...Object.entries(features).flatMap(([name, feature]) => formProblems(['features', name], feature)),
    ...operandProblems(sections),
    ...inputProblems(sections),
    ...Object.entries(events).flatMap(([name, table]) => tableProblems(name, table)),
  ];
}

/** Features that are columns of the source: what is derived is not. */
export function isColumn(feature: WrittenFeature): boolean {
  return derivationsIn(feature).length === 0;
}

function derivationsIn(feature: WrittenFeature): Derivation[] {
  return derivations.filter((key) => feature[key] !== null);
}

function formProblems(path: Path, feature: WrittenFeature): Problem[] {
  const [kind, second] = derivationsIn(feature);
  if (kind === undefined) {
    const stray = (['edges', 'since', 'per', 'cycle', 'wave', 'window', 'otherwise'] as const).filter((key) => feature[key] !== null);
    if (feature.type === null) return [{ path, expected: `a type (number, category, boolean), or one of ${derivations.join(', ')}` }];
    return stray.map((key) => ({ path: [...path, key], inKey: true, expected: `${key} only beside ${ownerOf(key)}` }));
  }
  if (second !== undefined) return [{ path: [...path, second], inKey: true, expected: `one derivation, and there is ${kind} already` }];
  const problems: Problem[] = [];
  if (feature.type !== null)
    problems.push({ path: [...path, 'type'], inKey: true, expected: `no type beside ${kind}, from which it follows` });
  for (const key of Object.keys(valueLimits) as (keyof typeof valueLimits)[]) {
    if (isSaid(feature[key]))
      problems.push({ path: [...path, key], inKey: true, expected: 'limits on what a feature is made of, not on what is derived' });
  }
  return [...problems, ...sideProblems(path, kind, feature)];
}

function isSaid(value: unknown): boolean {
  return value !== null && value !== undefined && value !== false;
}

const sideKeys = {
  edges: ['bins'],
  since: ['frequency'],
  per: ['frequency'],
  cycle: ['season'],
  wave: ['season'],
  window: aggregates,
  otherwise: aggregates,
} as const satisfies Partial<Record<keyof WrittenFeature, readonly Derivation[]>>;

function ownerOf(key: keyof typeof sideKeys): string {
  return sideKeys[key].join(', ');
}

function sideProblems(path: Path, kind: Derivation, feature: WrittenFeature): Problem[] {
  const problems: Problem[] = [];
  for (const key of Object.keys(sideKeys) as (keyof typeof sideKeys)[]) {
    const belongs = (sideKeys[key] as readonly Derivation[]).includes(kind);
    if (feature[key] !== null && !belongs)
      problems.push({ path: [...path, key], inKey: true, expected: `${key} only beside ${ownerOf(key)}` });
  }
  const { ratio, bins, edges, frequency, since, season, cycle, cross } = feature;
  if (ratio !== null && ratio.length !== 2) problems.push({ path: [...path, 'ratio'], expected: 'two columns, such as [spend, visits]' });
  if (cross !== null && cross.length < 2) problems.push({ path: [...path, 'cross'], expected: 'at least two columns' });
  if (bins !== null && (edges ?? []).length === 0) problems.push({ path, expected: 'edges beside bins, such as [18, 30, 65]' });
  if ((edges ?? []).some((edge, index) => index > 0 && edge <= edges![index - 1]!))
    problems.push({ path: [...path, 'edges'], expected: 'rising edges' });
  if (frequency !== null && since === null) problems.push({ path, expected: 'since beside frequency: the time from which was counted' });
  if (season !== null && cycle === null) problems.push({ path, expected: 'cycle beside season: day, week, month or year' });
  return problems;
}

/** Operands are looked up among inputs and columns, and among derived features that stand above. */
function operandProblems({ features = {}, inputs = {}, events = {}, time, entity }: ReadSections): Problem[] {
  const timeColumn = time?.column ?? time?.monthNames ?? null;
  const known = new Map<string, 'number' | 'category' | 'boolean' | 'time'>();
  for (const [name, { type }] of Object.entries(inputs)) known.set(name, type);
  for (const [name, feature] of Object.entries(features)) {
    if (isColumn(feature) && feature.type !== null) known.set(name, feature.type);
    if (aggregates.some((key) => feature[key] !== null)) known.set(name, 'number');
  }
  const problems: Problem[] = [];
  for (const [name, feature] of Object.entries(features)) {
    const path = ['features', name];
    problems.push(...readProblems(path, feature, { known, timeColumn }));
    const aggregate = aggregates.find((key) => feature[key] !== null);
    if (aggregate) {
      problems.push(...eventProblems([...path, aggregate], { aggregate, written: feature[aggregate]!, tables: Object.keys(events) }));
      if (time === null || entity?.kind === 'row-number')
        problems.push({
          path: [...path, aggregate],
          inKey: true,
          expected: 'a model with an entity and a time, to which events can be joined',
        });
    }
    const type = typeOf(derivationOf(feature, timeColumn));
    if (type !== null) known.set(name, type);
  }
  return problems;
}

interface Around {
  readonly known: Types;
  readonly timeColumn: string | null;
}

function readProblems(path: Path, feature: WrittenFeature, { known, timeColumn }: Around): Problem[] {
  const { ratio, log, bins, recency, frequency, since, season, cross, missing } = feature;
  const problems: Problem[] = [];
  const insist = (key: string, name: string | null | undefined, wanted: readonly string[] | null) => {
    if (name === null || name === undefined || name === '') return;
    const type = known.get(name);
    if (type !== undefined && (wanted === null || wanted.includes(type))) return;
    const what = wanted === null ? 'column' : wanted.join(' or ');
    problems.push({
      path: [...path, key],
      expected: `a ${what} among the inputs and the features above`,
      found: type === undefined ? JSON.stringify(name) : `"${name}", a ${type}`,
      ...(type === undefined && { known: [...known.keys()], written: name }),
    });
  };
  for (const name of ratio ?? []) insist('ratio', name, ['number']);
  insist('log', log, ['number']);
  insist('bins', bins, ['number']);
  insist('recency', recency, ['time']);
  insist('frequency', frequency, ['number']);
  insist('since', since, ['time']);
  if (season !== timeColumn) insist('season', season, ['time']);
  for (const name of cross ?? []) insist('cross', name, ['category', 'boolean']);
  insist('missing', missing, null);
  return problems;
}

interface Aggregated {
  readonly aggregate: (typeof aggregates)[number];
  readonly written: string;
  readonly tables: readonly string[];
}

function eventProblems(path: Path, { aggregate, written, tables }: Aggregated): Problem[] {
  const { table, column } = tableAndColumn(written);
  const needsColumn = aggregate !== 'count' && aggregate !== 'daysSince';
  if (!tables.includes(table))
    return [{ path, expected: 'a table among the events', known: tables, written: table, found: JSON.stringify(table) }];
  if (needsColumn && column === null) return [{ path, expected: `a column of the table, such as ${table}.amount` }];
  if (!needsColumn && column !== null) return [{ path, expected: `a table of events and no column of it: ${table}` }];
  return [];
}

function inputProblems({ inputs = {}, features = {}, label, entity, time, knownAfterOutcome }: ReadSections): Problem[] {
  const reserved = [
    [label?.column, 'the label'],
    [entity?.kind === 'column' ? entity.column : null, 'the entity'],
    [time?.column, 'the time, which every request has anyway'],
    ...Object.keys(features).map((name) => [name, 'what is a feature itself'] as const),
    ...(knownAfterOutcome ?? []).map((name) => [name, 'what is known only after the outcome'] as const),
  ] as const;
  return reserved.flatMap(([name, what]) =>
    name === null || name === undefined || !(name in inputs)
      ? []
      : [{ path: ['inputs', name], inKey: true, expected: `inputs without ${what}`, found: JSON.stringify(name) }],
  );
}

function tableProblems(name: string, { path, query, format }: NonNullable<ReadSections['events']>[string]): Problem[] {
  const at = ['events', name];
  const problems: Problem[] = [];
  if (!TABLE_NAME.test(name))
    problems.push({ path: at, inKey: true, expected: 'a name of letters, digits, _ and -', found: JSON.stringify(name) });
  if ((path === null) === (query === null))
    problems.push({ path: at, expected: 'either path or query', found: path === null ? 'neither' : 'both' });
  if (format !== null && (format === 'postgres') !== (query !== null))
    problems.push({ path: [...at, 'format'], expected: query === null ? 'csv, parquet or jsonl beside path' : 'postgres beside query' });
  return problems;
}
