import type { SourceSpec } from '../../domain/spec.ts';
import { csvHeader } from './csv-header.ts';
import { literal, withDuck } from '../duck.ts';

/** The columns of a source that is already there, or null where that cannot be told at a glance: ingest says more then. */
export async function sourceHeader(source: SourceSpec): Promise<readonly string[] | null> {
  const { path, format, header, separator, skipLines } = source;
  if (header !== null) return header;
  if (path === null || path.endsWith('.gz')) return null;
  if (format === 'csv' && skipLines === 0) return csvHeader(path, separator);
  if (format === 'parquet') return parquetHeader(path).catch(() => null);
  return null;
}

async function parquetHeader(path: string): Promise<readonly string[]> {
  return withDuck({}, async (duck) => {
    const found = await duck.all(`select column_name from (describe select * from read_parquet(${literal(path)}))`);
    return found.map(({ column_name }) => String(column_name));
  });
}
