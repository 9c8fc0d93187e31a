import type { Knex } from 'knex';

const HOUR_MS = 3_600_000;

/** A month a partition. Those made by this process are remembered per database, so that a batch costs no look-up. */
const made = new WeakMap<object, Set<string>>();

/** Makes the partitions that predictions made between the two times (ms since 1970) need, and the one after the next two days. */
export async function ensurePartitions(db: Knex, fromMs: number, untilMs: number): Promise<void> {
  const known = made.get(db.client) ?? new Set<string>();
  made.set(db.client, known);
  const missing = monthsBetween(fromMs - HOUR_MS, untilMs + 48 * HOUR_MS).filter((month) => !known.has(partitionName(month)));
  if (missing.length === 0) return;
  await db.transaction(async (transaction) => {
    await transaction.raw('select pg_advisory_xact_lock(hashtext(?))', ['understudy prediction partitions']);
    for (const month of missing) await makePartition(transaction, month);
  });
  for (const month of missing) known.add(partitionName(month));
}

async function makePartition(transaction: Knex.Transaction, month: Date): Promise<void> {
  const bounds = [lowestIdAt(month.getTime()), lowestIdAt(nextMonth(month).getTime())];
  await transaction.raw(
    `create table if not exists ${partitionName(month)} partition of predictions for values from ('${bounds[0]}') to ('${bounds[1]}')`,
  );
}

/** The smallest UUID a time-ordered id of that moment (ms since 1970) can have. */
function lowestIdAt(ms: number): string {
  const hex = Math.max(0, ms).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`;
}

function partitionName(month: Date): string {
  return `predictions_${month.getUTCFullYear()}_${String(month.getUTCMonth() + 1).padStart(2, '0')}`;
}

function monthsBetween(fromMs: number, untilMs: number): Date[] {
  const months: Date[] = [];
  let month = startOfMonth(new Date(Math.max(0, fromMs)));
  while (month.getTime() <= untilMs) {
    months.push(month);
    month = nextMonth(month);
  }
  return months;
}

function startOfMonth(at: Date): Date {
  return new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth(), 1));
}

function nextMonth(month: Date): Date {
  return new Date(Date.UTC(month.getUTCFullYear(), month.getUTCMonth() + 1, 1));
}
