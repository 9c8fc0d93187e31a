/** What a data contract must not say because of itself: limits that no value can keep, severities that a rule cannot have. */
import type { Problem } from './problems.ts';
import type { WrittenSpec } from './schema.ts';

type WrittenContract = WrittenSpec['dataContract'];
type WrittenRule = WrittenContract['rules'][number];
type Path = readonly (string | number)[];

export type Limits = Pick<WrittenRule, 'minimum' | 'maximum' | 'allowed' | 'pattern'>;

export function limitProblems(path: Path, { minimum, maximum, allowed, pattern }: Limits): Problem[] {
  const problems: Problem[] = [];
  if (minimum !== null && maximum !== null && minimum > maximum)
    problems.push({ path: [...path, 'maximum'], expected: `a maximum of at least the minimum ${minimum}` });
  if (allowed?.length === 0) problems.push({ path: [...path, 'allowed'], expected: 'at least one allowed text' });
  if (pattern !== null && !isPattern(pattern))
    problems.push({ path: [...path, 'pattern'], expected: 'a regular expression without look-around and back-references' });
  return problems;
}

/** DuckDB reads RE2, whose syntax is JavaScript's without look-around and back-references. */
function isPattern(pattern: string): boolean {
  if (/\(\?<?[=!]|\\[1-9]/.test(pattern)) return false;
  try {
    new RegExp(pattern, 'u');
    return true;
  } catch {
    return false;
  }
}

export function contractProblems(contract: WrittenContract | undefined): Problem[] {
  if (!contract) return [];
  return [
    ...contract.rules.flatMap((rule, index) => ruleProblems(['dataContract', 'rules', index], rule)),
    ...expressionProblems(contract.expressions),
    ...comparisonProblems(contract),
  ];
}

function ruleProblems(path: Path, rule: WrittenRule): Problem[] {
  const problems: Problem[] = [];
  const { distinct, severity } = rule;
  if (distinct && distinct.minimum !== null && distinct.maximum !== null && distinct.minimum > distinct.maximum)
    problems.push({ path: [...path, 'distinct', 'maximum'], expected: `at least the minimum ${distinct.minimum}` });
  const isAboutRows = rule.required || [rule.minimum, rule.maximum, rule.allowed, rule.pattern].some((limit) => limit !== null);
  if (severity === 'quarantine' && !isAboutRows)
    problems.push({
      path: [...path, 'severity'],
      expected: 'stop or warn, because the rule is about the batch and no single row breaks it',
    });
  return problems;
}

function expressionProblems(expressions: WrittenContract['expressions']): Problem[] {
  return expressions.flatMap(({ name }, index) =>
    expressions.findIndex((other) => other.name === name) < index
      ? [{ path: ['dataContract', 'expressions', index, 'name'], expected: 'a name that no other expression has' }]
      : [],
  );
}

function comparisonProblems({ rowCountBand, labelShift, shift, servingSkew }: WrittenContract): Problem[] {
  const problems: Problem[] = [];
  for (const [name, band] of Object.entries({ rowCountBand, labelShift })) {
    if (band === null) continue;
    if (!(band.minimum > 0 && band.minimum <= 1))
      problems.push({ path: ['dataContract', name, 'minimum'], expected: 'a factor above 0 and at most 1' });
    if (band.maximum < 1) problems.push({ path: ['dataContract', name, 'maximum'], expected: 'a factor of at least 1' });
  }
  for (const [name, limit] of Object.entries({ shift, servingSkew }))
    if (limit !== null && limit.psi <= 0) problems.push({ path: ['dataContract', name, 'psi'], expected: 'a number above 0' });
  return problems;
}
