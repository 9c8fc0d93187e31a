import type { Knex } from 'knex';
import { type Digest, digest, type VersionId } from '../domain/ids.ts';

export const documentKinds = ['model-card', 'release-baseline'] as const;
export type DocumentKind = (typeof documentKinds)[number];

export interface VersionDocument {
  /** Of the JSON that it was made from, or that it is. */
  readonly content: Digest;
  /** Null where there is no page. */
  readonly page: Digest | null;
  /** The newest event of the audit trail that it knows of; 0: it tells of none. */
  readonly asOfSequence: number;
  readonly madeAt: string;
}

/** Safe to repeat: the same content is one document. Answers whether it is a new one. */
export async function storeDocument(
  db: Knex,
  { version, kind, document }: { version: VersionId; kind: DocumentKind; document: Omit<VersionDocument, 'madeAt'> },
): Promise<boolean> {
  const inserted = await db('version_documents')
    .insert({
      version_id: version,
      kind,
      content_digest: document.content,
      page_digest: document.page,
      as_of_sequence: document.asOfSequence,
    })
    .onConflict(['version_id', 'kind', 'content_digest'])
    .ignore()
    .returning('content_digest');
  return inserted.length > 0;
}

/** Oldest first. */
export async function documentsOf(db: Knex, version: string, kind: DocumentKind): Promise<readonly VersionDocument[]> {
  const rows: DocumentRow[] = await db('version_documents').where({ version_id: version, kind }).orderBy('made_at');
  return rows.map((row) => ({
    content: digest(row.content_digest),
    page: row.page_digest === null ? null : digest(row.page_digest),
    asOfSequence: Number(row.as_of_sequence),
    madeAt: row.made_at.toISOString(),
  }));
}

interface DocumentRow {
  content_digest: string;
  page_digest: string | null;
  as_of_sequence: number;
  made_at: Date;
}
