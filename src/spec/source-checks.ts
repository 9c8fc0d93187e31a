/** What the source and the rules about its rows ask of each other and of the rest of a spec. */
import { formatByEnding, usualFormat } from '../domain/source-format.ts';
import type { ReadSections } from './cross-checks.ts';
import type { Problem } from './problems.ts';

export function sourceProblems(sections: ReadSections): Problem[] {
  return [
    ...formatProblems(sections),
    ...partProblems(sections),
    ...keyProblems(sections),
    ...consentProblems(sections),
    ...personalProblems(sections),
    ...hashedLimitProblems(sections),
  ];
}

function formatProblems({ source }: ReadSections): Problem[] {
  if (!source) return [];
  const { format, path, query, connection, header } = source;
  const problems: Problem[] = [];
  const isQuery = query !== null || format === 'postgres';
  if (isQuery && (query === null || connection === null)) {
    const missing = query === null ? 'query' : 'connection';
    problems.push({ path: ['source', missing], expected: `a ${missing}, because the rows come out of Postgres`, found: 'nothing' });
  }
  if (isQuery && format !== null && format !== 'postgres')
    problems.push({ path: ['source', 'format'], expected: 'postgres beside a query', known: ['postgres'] });
  if (query !== null && path !== null) problems.push({ path: ['source', 'query'], expected: 'either path or query', found: 'both' });
  if (query === null && connection !== null)
    problems.push({ path: ['source', 'connection'], expected: 'a connection only beside a query' });
  const kind = format ?? (path === null ? 'csv' : formatByEnding(path));
  if (header !== null && kind !== null && kind !== 'csv')
    problems.push({ path: ['source', 'header'], expected: `names of columns only for a CSV file, not for ${kind}` });
  if (header?.length === 0) problems.push({ path: ['source', 'header'], expected: 'at least one name' });
  const twice = header?.find((name, index) => header.indexOf(name) < index);
  if (twice !== undefined) problems.push({ path: ['source', 'header'], expected: 'each name once', found: JSON.stringify(twice) });
  return problems;
}

/** The second file is the comparison of a given split, and nothing else can be made of it. */
function partProblems({ source, split }: ReadSections): Problem[] {
  if (!source || !split) return [];
  const problems: Problem[] = [];
  if (source.comparisonPath !== null && split.by !== 'given')
    problems.push({ path: ['source', 'comparisonPath'], expected: 'a second file only with split: { by: given }' });
  if (split.by === 'given' && source.comparisonPath === null && split.column === null)
    problems.push({ path: ['split', 'by'], expected: 'split.column or source.comparisonPath beside given' });
  if (split.by === 'given' && source.comparisonPath !== null && split.column !== null)
    problems.push({ path: ['split', 'column'], expected: 'either split.column or source.comparisonPath', found: 'both' });
  if (split.by !== 'given' && split.column !== null) problems.push({ path: ['split', 'column'], expected: 'a column only with by: given' });
  return problems;
}

function keyProblems({ source, time }: ReadSections): Problem[] {
  if (!source) return [];
  const problems: Problem[] = [];
  const kind = source.format ?? usualFormat(source);
  if (source.decimal === ',' && kind !== 'csv')
    problems.push({
      path: ['source', 'decimal'],
      expected: `a point, since only CSV files write numbers in another way, and the rows come from ${kind}`,
      found: JSON.stringify(source.decimal),
    });
  if (source.key?.length === 0) problems.push({ path: ['source', 'key'], expected: 'at least one column' });
  if (source.partialDay === 'drop' && (time === null || time?.monthNames))
    problems.push({ path: ['source', 'partialDay'], expected: 'keep, because the spec names no time of day' });
  return problems;
}

function consentProblems({ consent, features, label, entity }: ReadSections): Problem[] {
  if (!consent) return [];
  const { column, allowed } = consent;
  const problems: Problem[] = [];
  if (allowed.length === 0) problems.push({ path: ['consent', 'allowed'], expected: 'at least one text that means consent' });
  const isOther = column === label?.column || (entity?.kind === 'column' && entity.column === column) || (features && column in features);
  if (isOther) problems.push({ path: ['consent', 'column'], expected: 'a column of its own', found: JSON.stringify(column) });
  return problems;
}

/** A hash says nothing but who it is: nothing is learned from it, ordered by it or told apart by it. */
function personalProblems({
  personal,
  features,
  inputs,
  label,
  time,
  treatment,
  segments,
  fairness,
  split,
  consent,
}: ReadSections): Problem[] {
  const roles = new Map<string | null | undefined, string>([
    ...Object.keys(features ?? {}).map((name) => [name, 'a feature'] as const),
    ...Object.keys(inputs ?? {}).map((name) => [name, 'an input'] as const),
    ...(segments ?? []).flatMap(({ column }) => column.map((name) => [name, 'a segment'] as const)),
    ...(fairness ?? []).map(({ column }) => [column, 'a group to be treated fairly'] as const),
    [label?.column, 'the label'],
    [time?.column, 'the time'],
    [time?.monthNames, 'the time'],
    [treatment?.column, 'the treatment'],
    [split?.column, 'the split'],
    [consent?.column, 'the consent'],
  ]);
  return (personal ?? []).flatMap((column, index): Problem[] => {
    const role = roles.get(column);
    if (role === undefined) return [];
    return [
      { path: ['personal', index], expected: `a column that is not ${role}: only its keyed hash is kept`, found: JSON.stringify(column) },
    ];
  });
}

/** Rules see what came through the door: that a hash looks like an address is never true. */
function hashedLimitProblems({ personal, dataContract }: ReadSections): Problem[] {
  return (dataContract?.rules ?? []).flatMap((rule, index): Problem[] => {
    if (!personal?.includes(rule.column)) return [];
    const limits = (['minimum', 'maximum', 'allowed', 'pattern'] as const).filter((limit) => rule[limit] !== null);
    return limits.map((limit) => ({
      path: ['dataContract', 'rules', index, limit],
      expected: `no ${limit} of a personal column: only its keyed hash is kept`,
      found: JSON.stringify(rule[limit]),
    }));
  });
}

/** With the header of the source at hand: what is not there cannot be kept out. */
export function sourceColumnProblems({ source, consent, personal, split }: ReadSections, columns: readonly string[]): Problem[] {
  const expected = 'a column of the source';
  const problems: Problem[] = [];
  const insist = (path: Problem['path'], column: string | null | undefined) => {
    if (column && !columns.includes(column)) problems.push({ path, expected, known: columns });
  };
  insist(['consent', 'column'], consent?.column);
  insist(['split', 'column'], split?.column);
  source?.key?.forEach((column, index) => {
    insist(['source', 'key', index], column);
  });
  personal?.forEach((column, index) => {
    insist(['personal', index], column);
  });
  return problems;
}
