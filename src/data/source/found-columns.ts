/** The columns that a source has, for errors: those are kept, so they must not quote a row that stands where a header should. */
import type { Spec } from '../../domain/spec.ts';

/** Then nothing of a row may be told before it went through the door. */
export function isConfidential({ consent, personal }: Pick<Spec, 'consent' | 'personal'>): boolean {
  return consent !== null || personal.length > 0;
}

interface Headed {
  readonly header: readonly string[];
  readonly expected: readonly string[];
}

/** A header that holds none of the expected names may be a row. */
export function foundColumns(spec: Pick<Spec, 'consent' | 'personal'>, { header, expected }: Headed): readonly string[] {
  if (!isConfidential(spec) || header.some((column) => expected.includes(column))) return header;
  return [
    `${header.length} columns that are not told, since they may be a row (source.header names the columns of a file without a header)`,
  ];
}
