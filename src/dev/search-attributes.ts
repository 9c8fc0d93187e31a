/** By these the Temporal UI finds and sorts our workflows. A server that somebody else runs must be taught them once. */
import { type Client, Connection } from '@temporalio/client';
import { connectTemporal } from '../temporal/connect.ts';

/** SQL visibility allows 10 keywords and 3 of each other kind. */
export const searchAttributes = {
  model: 'Keyword',
  version: 'Keyword',
  phase: 'Keyword',
  verdict: 'Keyword',
  share: 'Double',
  reasons: 'KeywordList',
  phaseSince: 'Datetime',
} as const;

type Kind = (typeof searchAttributes)[keyof typeof searchAttributes];

/** The numbers of temporal.api.enums.v1.IndexedValueType. */
const kinds: Readonly<Record<Kind, number>> = { Keyword: 2, Double: 4, Datetime: 6, KeywordList: 7 };

export async function missingSearchAttributes(client: Client, namespace: string): Promise<readonly string[]> {
  const { customAttributes } = await operator(client).listSearchAttributes({ namespace });
  return Object.keys(searchAttributes).filter((name) => !(name in (customAttributes ?? {})));
}

/** Safe to repeat. */
export async function prepareNamespace(address: string, namespace: string): Promise<void> {
  const { client, close } = await connectTemporal({ address, namespace, timeoutMs: 10_000 });
  try {
    const missing = await missingSearchAttributes(client, namespace);
    if (missing.length === 0) return;
    const wanted = Object.entries(searchAttributes).filter(([name]) => missing.includes(name));
    await operator(client).addSearchAttributes({
      namespace,
      searchAttributes: Object.fromEntries(wanted.map(([name, kind]) => [name, kinds[kind]])),
    });
  } finally {
    await close();
  }
}

function operator(client: Client) {
  const { connection } = client;
  if (!(connection instanceof Connection)) throw new TypeError('search attributes need a connection of their own');
  return connection.operatorService;
}
