/** What is wrong in a spec, with its place: one sentence a problem, `file:line: expected ..., found ...; did you mean "..."?` */
import { type Document, isCollection, isMap, isPair, isScalar, type LineCounter, type Node } from 'yaml';
import { nearestName } from '../domain/nearest-name.ts';
import type { Override } from './overrides.ts';

export type Path = readonly (string | number)[];

export interface Problem {
  readonly path: Path;
  readonly expected: string;
  /** What is there now, in words; read from the document unless said. */
  readonly found?: string;
  /** Names of which the nearest to what was written is offered. */
  readonly known?: readonly string[];
  /** What was probably meant, where that is known without a list of names. */
  readonly offer?: string;
  /** What was written, where that is not the value at the path. */
  readonly written?: string;
  /** The problem lies in the key, not in its value. */
  readonly inKey?: boolean;
}

export interface ReadDocument {
  readonly file: string;
  readonly document: Document.Parsed;
  readonly lines: LineCounter;
  readonly overrides: readonly { readonly override: Override; readonly path: Path }[];
}

/** In the order of the file; what was set from outside comes last. */
export function sentencesOf(problems: readonly Problem[], read: ReadDocument): string[] {
  const placed = problems.map((problem) => ({ line: lineOf(problem, read) ?? Number.POSITIVE_INFINITY, text: sentenceOf(problem, read) }));
  return [...new Set(placed.sort((a, b) => (a.line === b.line ? 0 : a.line - b.line)).map(({ text }) => text))];
}

function sentenceOf(problem: Problem, read: ReadDocument): string {
  const { value, exists } = valueNear(read.document, problem.path);
  const written = problem.written ?? (typeof value === 'string' ? value : undefined);
  const nearest = problem.offer ?? (written === undefined || !problem.known ? null : nearestName(written, problem.known));
  const found = problem.found ?? (exists ? described(value) : 'nothing');
  const offer = nearest && nearest !== written ? `; did you mean ${JSON.stringify(nearest)}?` : '';
  return `${placeOf(problem, read)}: expected ${problem.expected}, found ${found}${offer}`;
}

export function described(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object') return 'a mapping';
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

/** `rollout.steps[1]`, for people. */
export function nameOf(path: Path): string {
  return path.map((key, index) => (typeof key === 'number' ? `[${key}]` : index === 0 ? key : `.${key}`)).join('');
}

/** The value at the path; or, where a short form stands for a mapping, that. */
function valueNear(document: Document.Parsed, path: Path): { value: unknown; exists: boolean } {
  for (let length = path.length; length >= 0; length--) {
    const node = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
    if (node === undefined || node === null) continue;
    if (length < path.length && isCollection(node)) return { value: undefined, exists: false };
    return { value: isScalar(node) ? node.value : (node as Node).toJS(document), exists: true };
  }
  return { value: undefined, exists: false };
}

function placeOf(problem: Problem, read: ReadDocument): string {
  const set = overrideOf(problem, read)?.override;
  return set ? `--set ${set.path}=${set.value}` : `${read.file}:${lineOf(problem, read)}`;
}

/** What set the value, or made the key that is wrong: such a key has no place in the file. */
function overrideOf({ path, inKey }: Problem, { overrides, document }: ReadDocument) {
  const isMade = inKey === true && keyOffset(document, path) === null;
  return overrides.find((each) => startsWith(path, each.path) || (isMade && startsWith(each.path, path)));
}

function startsWith(path: Path, start: Path): boolean {
  return start.every((key, index) => String(path[index]) === String(key));
}

/** Null for what was set from outside. */
function lineOf(problem: Problem, read: ReadDocument): number | null {
  if (overrideOf(problem, read)) return null;
  const { path, inKey } = problem;
  const offset = (inKey ? keyOffset(read.document, path) : null) ?? valueOffset(read.document, path);
  return offset === null ? 1 : read.lines.linePos(offset).line;
}

/** A missing value lies where its mapping begins: at the mapping's own key. */
function valueOffset(document: Document.Parsed, path: Path): number | null {
  const node = document.getIn(path, true);
  if (path.length > 0 && isScalar(node) && node.range) return node.range[0];
  for (let length = path.length; length > 0; length--) {
    const key = keyOffset(document, path.slice(0, length));
    if (key !== null) return key;
  }
  return null;
}

function keyOffset(document: Document.Parsed, path: Path): number | null {
  const parent = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  const name = path.at(-1);
  if (isMap(parent)) {
    const pair = parent.items.find((item) => isPair(item) && isScalar(item.key) && String(item.key.value) === String(name));
    return isScalar(pair?.key) ? (pair.key.range?.[0] ?? null) : null;
  }
  const item = document.getIn(path, true);
  return item && typeof item === 'object' && 'range' in item ? ((item as Node).range?.[0] ?? null) : null;
}
