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
