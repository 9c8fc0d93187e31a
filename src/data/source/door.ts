/**
 * The door of an ingest: rows without consent stay outside, and personal columns come in as keyed hashes. It is SQL around the very
 * first reading of the source, so that nothing behind it has ever seen what must not be seen.
 */
import { createHash } from 'node:crypto';
import type { Spec } from '../../domain/spec.ts';
import { Failure } from '../../failures.ts';
import { type Duck, literal } from '../duck.ts';
import { isConfidential } from './found-columns.ts';
import { missingAsNull, trimmed } from '../texts.ts';

export interface DoorKeys {
  /** For personal columns; null: none is configured. */
  readonly personal: string | null;
  /** The key under which gateways hash entities: a personal entity is the same stranger in both places. */
  readonly entity: string | null;
}

export interface Door {
  /** SQL that is true for a row that may come in, given the SQL of a column's text; null when every row may. */
  allowed(textOf: (column: string) => string): string | null;
  /** SQL for what may be kept of a column's text. */
  admitted(column: string, text: string): string;
  /** A record that cannot be cut into columns may hold anything: it must not be kept as it stands. */
  readonly keepsRawLines: boolean;
  /** Which key hashed which column, for the manifest. */
  readonly hashed: Readonly<Record<string, { readonly keyId: string }>>;
}

/** As many characters as the gateway's hash of an entity: 128 bits. */
const HASH_CHARACTERS = 32;
const BLOCK_BYTES = 64;

/** Keeps the keys in a table of their own: SQL with a key in it could turn up in an error. */
export async function openDoor(duck: Duck, spec: Spec, keys: DoorKeys): Promise<Door> {
  const keyOf = new Map(spec.personal.map((column) => [column, keyFor(spec, column, keys)]));
  await duck.run('create temp table door_keys (id varchar, inner_pad blob, outer_pad blob)');
  for (const key of new Set(keyOf.values())) {
    await duck.run('insert into door_keys values ($1, unhex($2), unhex($3))', [keyIdOf(key), padded(key, 0x36), padded(key, 0x5c)]);
  }
  const { consent } = spec;
  const missing = missingAsNull(spec.source.missing);
  return {
    allowed: (textOf) =>
      consent === null ? null : `coalesce(${trimmed(textOf(consent.column))} in (${consent.allowed.map(literal).join(', ')}), false)`,
    admitted: (column, text) => {
      const key = keyOf.get(column);
      return key === undefined ? text : hashed(missing(text), keyIdOf(key));
    },
    keepsRawLines: !isConfidential(spec),
    hashed: Object.fromEntries([...keyOf].map(([column, key]) => [column, { keyId: keyIdOf(key) }])),
  };
}

function keyFor({ model, entity }: Spec, column: string, keys: DoorKeys): string {
  const isEntity = entity.kind === 'column' && entity.column === column;
  const [key, variable] = isEntity ? [keys.entity, 'UNDERSTUDY_ENTITY_KEY'] : [keys.personal, 'UNDERSTUDY_PERSONAL_KEY'];
  if (key !== null) return key;
  throw new Failure(
    'SourceUnreadable',
    `the spec of ${model} says that "${column}" is personal, and there is no key to hash it with: set ${variable} to a secret of at least 16 characters for the lifecycle worker`,
    { model, column, variable },
  );
}

/** Names a key without telling it: another key has another name by itself. */
export function keyIdOf(key: string): string {
  return createHash('sha256').update(`understudy key id\n${key}`).digest('hex').slice(0, 8);
}

/** HMAC-SHA256 (RFC 2104), first half: the key filled up to a block and mixed with the pad. */
function padded(key: string, pad: number): string {
  const bytes = Buffer.from(key);
  const block = Buffer.alloc(BLOCK_BYTES);
  (bytes.length > BLOCK_BYTES ? createHash('sha256').update(bytes).digest() : bytes).copy(block);
  return Buffer.from(block.map((byte) => byte ^ pad)).toString('hex');
}

/** SQL: what looks like one is taken for one. */
export const isHash = (text: string): string => `regexp_full_match(${text}, '[0-9a-f]{${HASH_CHARACTERS}}')`;

/** HMAC-SHA256, second half, in SQL; null stays null. */
function hashed(text: string, keyId: string): string {
  const pad = (which: 'inner_pad' | 'outer_pad') => `(select ${which} from door_keys where id = ${literal(keyId)})`;
  return `sha256(${pad('outer_pad')} || unhex(sha256(${pad('inner_pad')} || encode(${text}))))[1:${HASH_CHARACTERS}]`;
}
