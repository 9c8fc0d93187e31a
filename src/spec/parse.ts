/**
 * From the YAML of a spec to a `Spec`, or to a Failure that lists everything that is wrong with it, each with its line. The sections
 * are read one by one, so that a mistake in one hides none in another.
 */
import { createHash } from 'node:crypto';
import path from 'node:path';
import { isMap, LineCounter, parseDocument, type YAMLError } from 'yaml';
import type { z } from 'zod';
import { canonical } from '../domain/canonical.ts';
import { type Digest, digest } from '../domain/ids.ts';
import type { Spec } from '../domain/spec.ts';
import { Failure } from '../failures.ts';
import { crossCheck, type ReadSections } from './cross-checks.ts';
import { keysAt } from './json-schema.ts';
import { applyOverride, type Override } from './overrides.ts';
import { described, nameOf, type Problem, type ReadDocument, sentencesOf } from './problems.ts';
import { specSchema, type WrittenSpec } from './schema.ts';
import { toSpec } from './to-spec.ts';

export interface ParseOptions {
  /** The spec's own path: for messages, and what a relative source path is relative to. */
  readonly file: string;
  readonly overrides?: readonly Override[];
  /** Wins over source.path. */
  readonly dataPath?: string;
  /** The header of the source, where it is known: then every column is looked up in it. */
  readonly columns?: readonly string[];
}

export interface ParsedSpec {
  readonly spec: Spec;
  /** Of the parsed spec, so that comments and key order change nothing. */
  readonly digest: Digest;
  /** The text with the overrides in it. */
  readonly yaml: string;
}

export function parseSpec(yaml: string, { file, overrides = [], dataPath, columns }: ParseOptions): ParsedSpec {
  const read = readDocument(yaml, file, overrides);
  const { sections, problems } = readSections(read);
  problems.push(...crossCheck(sections, columns ?? sections.source?.header ?? null));
  if (problems.length > 0) throw specInvalid(sentencesOf(problems, read));
  const written = toSpec(sections as WrittenSpec);
  const source = dataPath ?? written.source.path;
  const resolved = source === null ? null : path.resolve(dataPath === undefined ? path.dirname(file) : '.', source);
  const beside = (each: string | null) => (each === null ? null : path.resolve(path.dirname(file), each));
  const events = written.events.map((table) => ({ ...table, path: beside(table.path) }));
  const comparison = comparisonPathOf(written.source, { file, dataPath });
  const spec: Spec = { ...written, source: { ...written.source, path: resolved, comparisonPath: comparison }, events };
  return {
    spec,
    digest: digest(createHash('sha256').update(canonical(spec)).digest('hex')),
    yaml: overrides.length === 0 ? yaml : String(read.document),
  };
}

/** The test part lies beside the data file: another data file has another one, as far from it as the spec says. */
function comparisonPathOf(
  { path: data, comparisonPath }: Spec['source'],
  { file, dataPath }: { file: string; dataPath: string | undefined },
): string | null {
  if (comparisonPath === null) return null;
  if (dataPath === undefined || path.isAbsolute(comparisonPath)) return path.resolve(path.dirname(file), comparisonPath);
  return path.resolve(path.dirname(dataPath), path.relative(path.dirname(data ?? '.'), comparisonPath));
}

function readDocument(yaml: string, file: string, overrides: readonly Override[]): ReadDocument {
  const lines = new LineCounter();
  const document = parseDocument(yaml, { lineCounter: lines, prettyErrors: false });
  if (document.errors.length > 0) throw specInvalid(document.errors.map((error) => syntaxSentence(error, file, lines)));
  const isUsable = isMap(document.contents);
  if (!isUsable) throw specInvalid([`${file}:1: expected a mapping that begins with "model: ...", found ${described(document.toJS())}`]);
  return { file, document, lines, overrides: overrides.map((override) => ({ override, path: applyOverride(document, override) })) };
}

function syntaxSentence({ code, message, pos }: YAMLError, file: string, lines: LineCounter): string {
  const { line, col } = lines.linePos(pos[0]);
  if (code === 'DUPLICATE_KEY') return `${file}:${line}: expected each key once, found one again`;
  if (code === 'MULTIPLE_DOCS') return `${file}:${line}: expected one YAML document, found a second one`;
  return `${file}:${line}: expected YAML, found a mistake at column ${col}: ${message}`;
}

function readSections({ document }: ReadDocument): { sections: ReadSections; problems: Problem[] } {
  const written = document.toJS() as Record<string, unknown>;
  const problems = unknownKeys(Object.keys(written), []);
  const sections: Record<string, unknown> = {};
  for (const [name, schema] of Object.entries(specSchema.shape)) {
    // A key with nothing after it says nothing: its default holds.
    const result = schema.safeParse(written[name] ?? undefined);
    if (result.success) sections[name] = result.data;
    else problems.push(...result.error.issues.flatMap((issue) => problemsOf(issue, [name])));
  }
  return { sections: sections as ReadSections, problems };
}

function problemsOf(issue: z.core.$ZodIssue, section: readonly string[]): Problem[] {
  const at = [...section, ...issue.path.map((key) => (typeof key === 'number' ? key : String(key)))];
  if (issue.code === 'unrecognized_keys') return unknownKeys(issue.keys, at);
  const hints = issue.code === 'custom' ? (issue.params as Pick<Problem, 'known' | 'offer'> | undefined) : undefined;
  const { known, offer } = hints ?? {};
  return [{ path: at, expected: `${nameOf(at)} to be ${issue.message}`, ...(known && { known }), ...(offer !== undefined && { offer }) }];
}

function unknownKeys(keys: readonly string[], parent: readonly (string | number)[]): Problem[] {
  const known = keysAt(parent);
  const where = parent.length === 0 ? 'a spec' : nameOf(parent);
  return keys
    .filter((key) => !known.includes(key))
    .map((key) => ({
      path: [...parent, key],
      inKey: true,
      expected: `a key of ${where} (${known.join(', ')})`,
      found: JSON.stringify(key),
      known,
      written: key,
    }));
}

function specInvalid(sentences: readonly string[]): Failure {
  return new Failure('SpecInvalid', sentences.join('\n'), { problems: sentences });
}
