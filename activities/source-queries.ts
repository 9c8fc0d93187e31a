import type { FetchQuery } from '../src/data/source/source.ts';
import { Failure } from '../src/failures.ts';
import { copyQuery } from '../src/store/source-query.ts';

/** Runs the queries of specs on the databases that this worker may read, by their names. */
export function sourceQueries(urls: Readonly<Record<string, string>>): FetchQuery {
  return async ({ connection, ...request }) => {
    const url = urls[connection];
    if (url !== undefined) return copyQuery({ url, connection, ...request });
    const variable = `UNDERSTUDY_SOURCE_${connection.toUpperCase().replaceAll('-', '_')}_URL`;
    const message = `the lifecycle worker knows no connection "${connection}": expected ${variable} to hold the URL of its Postgres`;
    throw new Failure('SourceUnreadable', message, { connection, variable });
  };
}
