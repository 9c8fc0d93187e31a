import { open } from 'node:fs/promises';
import { fieldsOf } from './csv-shape.ts';

const LONGEST_HEADER = 1 << 16;

/** The column names of a CSV file, or null where there is no file yet or no header that this separator cuts: ingest says more then. */
export async function csvHeader(path: string, separator: string): Promise<readonly string[] | null> {
  const file = await open(path, 'r').catch(() => null);
  if (!file) return null;
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(LONGEST_HEADER), 0, LONGEST_HEADER, 0);
    const [line = ''] = buffer
      .toString('utf8', 0, bytesRead)
      .replace(/^\ufeff/, '')
      .split(/\r?\n/);
    const columns = fieldsOf(line, separator);
    return columns.length > 1 ? columns : null;
  } finally {
    await file.close();
  }
}
