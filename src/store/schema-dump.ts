/**
 * The schema as text, from the catalogue (the embedded Postgres has no pg_dump). It is committed as schema.sql and reviewed as one
 * file; a test compares it with what the migrations make.
 */
import type { Knex } from 'knex';

export async function dumpSchema(db: Knex): Promise<string> {
  const [tables, constraints, indexes, functions, triggers] = await Promise.all([
    columnsOf(db),
    constraintsOf(db),
    indexesOf(db),
    functionsOf(db),
    triggersOf(db),
  ]);
  const sections = tables.map(({ name, kind, columns }) => [
    `${kind} ${name}`,
    ...columns.map((column) => `  ${column}`),
    ...lines(constraints, name),
    ...lines(indexes, name),
    ...lines(triggers, name),
  ]);
  return `-- Made from the migrated catalogue by test/store/constraints.test.ts (UPDATE_SCHEMA=1). Do not edit.\n\n${[...functions.map((text) => [text]), ...sections].map((part) => part.join('\n')).join('\n\n')}\n`;
}

interface Line {
  readonly table: string;
  readonly text: string;
}

const lines = (all: readonly Line[], name: string) => all.filter(({ table }) => table === name).map(({ text }) => `  ${text}`);

async function columnsOf(db: Knex): Promise<{ name: string; kind: string; columns: string[] }[]> {
  const { rows } = await db.raw(/* sql */ `
    select c.relname as name, case when c.relispartition then 'partition' when c.relkind = 'p' then 'partitioned table' else 'table' end as kind,
      array_agg(a.attname || ' ' || format_type(a.atttypid, a.atttypmod) || case when a.attnotnull then ' not null' else '' end
        || case when a.attidentity <> '' then ' identity' else '' end
        || coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '') order by a.attnum) as columns
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
      join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
    where n.nspname = 'public' and c.relkind in ('r', 'p') and c.relname not like 'migrations%' and c.relname !~ '^predictions_[0-9]'
    group by c.relname, c.relispartition, c.relkind order by c.relname`);
  return rows;
}

async function constraintsOf(db: Knex): Promise<Line[]> {
  const { rows } = await db.raw(/* sql */ `
    select conrelid::regclass::text as table, 'constraint ' || conname || ' ' || pg_get_constraintdef(oid) as text
    from pg_constraint where connamespace = 'public'::regnamespace and contype <> 'n' order by 1, conname`);
  return rows;
}

async function indexesOf(db: Knex): Promise<Line[]> {
  const { rows } = await db.raw(/* sql */ `
    select tablename as table, indexdef as text from pg_indexes
    where schemaname = 'public' and indexname not in (select conname from pg_constraint) order by tablename, indexname`);
  return rows;
}

async function functionsOf(db: Knex): Promise<string[]> {
  const { rows } = await db.raw(/* sql */ `
    select pg_get_functiondef(p.oid) as text from pg_proc p where p.pronamespace = 'public'::regnamespace and p.prokind = 'f' order by p.proname`);
  return rows.map(({ text }: { text: string }) => text.trim());
}

async function triggersOf(db: Knex): Promise<Line[]> {
  const { rows } = await db.raw(/* sql */ `
    select tgrelid::regclass::text as table, pg_get_triggerdef(oid) as text from pg_trigger where not tgisinternal order by 1, tgname`);
  return rows;
}
