/** How rows may be written. */
export const sourceFormats = ['csv', 'parquet', 'jsonl', 'postgres'] as const;
export type SourceFormat = (typeof sourceFormats)[number];

const formatsByEnding: Readonly<Record<string, SourceFormat>> = {
  csv: 'csv',
  tsv: 'csv',
  txt: 'csv',
  data: 'csv',
  test: 'csv',
  parquet: 'parquet',
  pq: 'parquet',
  jsonl: 'jsonl',
  ndjson: 'jsonl',
};

/** What is read where nobody says how it is written. */
export function usualFormat({ path, query }: { readonly path: string | null; readonly query: string | null }): SourceFormat {
  return query === null ? (formatByEnding(path ?? '') ?? 'csv') : 'postgres';
}

/** What a file is by the ending of its name, packed (.gz) or not; null when the ending says nothing. */
export function formatByEnding(path: string): SourceFormat | null {
  return formatsByEnding[endingOf(path)] ?? null;
}

/** A file of tab-separated values says so by its name. */
export function separatorByEnding(path: string, usual: string): string {
  return endingOf(path) === 'tsv' && usual === ',' ? '\t' : usual;
}

function endingOf(path: string): string {
  return (/\.([a-z0-9]+)(?:\.gz)?$/i.exec(path)?.[1] ?? '').toLowerCase();
}
