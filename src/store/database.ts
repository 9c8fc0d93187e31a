import knex, { type Knex } from 'knex';
import pg from 'pg';

// Counts and revisions fit a double; as strings they would compare wrongly ("10" < "9").
pg.types.setTypeParser(pg.types.builtins.INT8, (text) => Number(text));

/** One pool a process; `kept` connections stay open when nobody asks. Connection faults surface as errors of the query; retrying is the caller's policy. */
export function openDatabase(url: string, { poolSize = 8, kept = 0, applicationName = 'understudy' } = {}): Knex {
  return knex({
    client: 'pg',
    connection: { connectionString: url, application_name: applicationName, connectionTimeoutMillis: 5_000, keepAlive: true },
    pool: { min: kept, max: poolSize },
    acquireConnectionTimeout: 10_000,
    // What goes wrong reaches the caller as an error; knex would also print it, and to stdout, where results are.
    log: { error: nothing, warn: nothing },
  });
}

const nothing = () => undefined;
