/** Texts of the source in SQL: trimmed, and null where the source means "missing". */
import { literal } from './duck.ts';

/** Spaces, tabs, line breaks, no-break spaces. */
const BLANKS = "' ' || chr(9) || chr(10) || chr(13) || chr(160)";

export const trimmed = (text: string): string => `trim(${text}, ${BLANKS})`;

/** A list in SQL of the texts that mean "missing", once trimmed. */
export function missingMarkers(markers: readonly string[]): string {
  return [...new Set(['', ...markers.map((marker) => marker.trim())])].map(literal).join(', ');
}

export function missingAsNull(markers: readonly string[]): (text: string) => string {
  const missing = missingMarkers(markers);
  return (text) => `(case when ${trimmed(text)} in (${missing}) then null else ${trimmed(text)} end)`;
}
