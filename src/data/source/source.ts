/** A source, whatever its format: looked at, then loaded as texts, record by record, through the door. */
import { formatByEnding, type SourceFormat, separatorByEnding } from '../../domain/source-format.ts';
import type { SourceSpec, Spec } from '../../domain/spec.ts';
import { Failure } from '../../failures.ts';
import { csvPart } from './csv-source.ts';
import type { Duck } from '../duck.ts';
import { foundColumns, isConfidential } from './found-columns.ts';
import { jsonLinesPart } from './json-lines-source.ts';
import type { OpenedSource, SourceManifest, SourcePart } from './opened-source.ts';
import { parquetPart } from './parquet-source.ts';

/** Writes what the query answers to a CSV file with a header line. */
export type FetchQuery = (request: {
  readonly query: string;
  readonly connection: string;
  readonly file: string;
  /** Values of the rows must not turn up in errors. */
  readonly isConfidential: boolean;
  readonly signal?: AbortSignal;
}) => Promise<void>;

export interface SourceRequest {
  readonly spec: Spec;
  /** Wins over what the spec names. */
  readonly path: string | null;
  /** For what has to be written down before it can be read. */
  readonly folder: string;
  readonly fetchQuery?: FetchQuery | undefined;
  readonly signal?: AbortSignal | undefined;
}

export async function openSource(duck: Duck, request: SourceRequest): Promise<OpenedSource> {
  const { spec, path } = request;
  const { source } = spec;
  if (path === null && source.format === 'postgres') return openQuery(duck, request);
  const file = path ?? source.path;
  if (file === null) {
    const message = `the spec of ${spec.model} names no data file: set source.path, or say --data FILE`;
    throw new Failure('SourceUnreadable', message, { model: spec.model });
  }
  const kind = formatOf(source, file);
  const first = await openPart(duck, kind, { path: file, skipLines: source.skipLines }, request);
  // The test part belongs to the file that the spec names.
  const second =
    source.comparisonPath === null
      ? null
      : await openPart(duck, kind, { path: source.comparisonPath, skipLines: source.comparisonSkipLines }, request);
  if (second) insistOnSameHeader(spec, first, second);
  return opened({ name: file, kind, parts: second ? [first, second] : [first], query: null, connection: null });
}

async function openQuery(duck: Duck, { spec, folder, fetchQuery, signal }: SourceRequest): Promise<OpenedSource> {
  const { query, connection } = spec.source;
  if (query === null || connection === null || fetchQuery === undefined) {
    const message = `the source of ${spec.model} is a Postgres query: expected source.query and source.connection, and a worker that may run it`;
    throw new Failure('SourceUnreadable', message, { model: spec.model });
  }
  const file = `${folder}/query.csv`;
  await fetchQuery({ query, connection, file, isConfidential: isConfidential(spec), ...(signal && { signal }) });
  const name = `the query on ${connection}`;
  const layout = { separator: ',', header: null, skipLines: 0 };
  const part = await csvPart(duck, { path: file, layout, name, ...(signal && { signal }) });
  return opened({ name, kind: 'postgres', parts: [part], query, connection });
}

function openPart(
  duck: Duck,
  kind: SourceFormat,
  { path, skipLines }: { path: string; skipLines: number },
  { spec: { source }, signal }: SourceRequest,
): Promise<SourcePart> {
  const stopping = signal ? { signal } : {};
  if (kind === 'parquet') return parquetPart(duck, { path, ...stopping });
  if (kind === 'jsonl') return jsonLinesPart(duck, { path, ...stopping });
  const layout = { separator: separatorByEnding(path, source.separator), header: source.header, skipLines };
  return csvPart(duck, { path, layout, name: path, ...stopping });
}

/** What the spec says holds for the file that the spec names; another file is what its ending says. */
function formatOf(source: SourceSpec, path: string): SourceFormat {
  const said = source.format === 'postgres' ? 'csv' : source.format;
  return path === source.path ? said : (formatByEnding(path) ?? said);
}

function insistOnSameHeader(spec: Spec, first: SourcePart, second: SourcePart): void {
  if (first.header.length === second.header.length && first.header.every((column, index) => column === second.header[index])) return;
  const expected = foundColumns(spec, { header: first.header, expected: second.header });
  const found = foundColumns(spec, { header: second.header, expected: first.header });
  throw new Failure(
    'TrainingDataRejected',
    `${second.file.path} has other columns than ${first.file.path}: expected ${expected.join(', ')}, found ${found.join(', ')}`,
    { expected, found },
  );
}

type Opening = Pick<OpenedSource, 'name' | 'kind' | 'parts'> & Pick<SourceManifest, 'query' | 'connection'>;

function opened({ name, kind, parts, query, connection }: Opening): OpenedSource {
  const [first, second] = parts as [SourcePart, SourcePart | undefined];
  const { header, headerLine, file } = first;
  const { bytes, modifiedAt, sha256 } = file;
  const path = kind === 'postgres' ? null : file.path;
  const comparison = second?.file ?? null;
  return {
    name,
    kind,
    header,
    headerLine,
    rows: parts.reduce((sum, part) => sum + part.rows, 0),
    parts,
    manifest: { kind, path, query, connection, bytes, modifiedAt, sha256, header, comparison },
  };
}
