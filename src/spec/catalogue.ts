/** The catalogue as it is written: three lists of names and patterns, each of which may be left out. */
import path from 'node:path';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import type { Catalogue } from '../domain/catalogue.ts';
import { Failure } from '../failures.ts';

const names = z.array(z.string().min(1)).nullable().default(null);
const schema = z.strictObject({ sources: names, features: names, trainers: names });

/** Paths are relative to the file that names them. */
export function parseCatalogue(yaml: string, file: string): Catalogue {
  const document = parseDocument(yaml, { prettyErrors: false });
  const read = schema.safeParse(document.errors.length > 0 ? null : (document.toJS() ?? {}));
  if (!read.success) {
    const found =
      document.errors[0]?.message ??
      read.error.issues.map(({ path: at, message }) => `${at.join('.') || 'the file'}: ${message}`).join('; ');
    throw new Failure('SpecInvalid', `${file} is no catalogue: expected lists of names under sources, features and trainers (${found})`, {
      file,
    });
  }
  const absolute = (source: string) =>
    source.startsWith('postgres:') || source.startsWith('*') ? source : path.resolve(path.dirname(file), source);
  return { ...read.data, sources: read.data.sources?.map(absolute) ?? null };
}
