/** What is asked of a Postgres server as a whole, before there is a schema: whose it is, and which databases it has. */
import pg from 'pg';

/** The folder the server keeps its data in: proof of whose server answers on a port. Throws what the driver throws. */
export async function dataDirectoryOf(url: string): Promise<string> {
  return withClient(url, async (client) => {
    const { rows } = await client.query<{ data_directory: string }>('show data_directory');
    return rows[0]!.data_directory;
  });
}

export async function createDatabaseIfMissing(adminUrl: string, name: string): Promise<void> {
  await withClient(adminUrl, async (client) => {
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [name]);
    if (rowCount === 0) await client.query(`create database ${client.escapeIdentifier(name)}`);
  });
}

/** 57P03: starting, recovering after a crash, or stopping. Such a server must be waited for, not replaced. */
export function isNotYetUp(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '57P03';
}

async function withClient<T>(url: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000, application_name: 'understudy dev' });
  // The server may end the connection while it stops; the query in hand reports it.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await use(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}
