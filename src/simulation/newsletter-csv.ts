/** The rows of the newsletter as a CSV file, line by line. */
import { LATEST_CONVERSION_MS, type NewsletterOptions, type NewsletterRow, newsletterRows, periodOf } from './newsletter-population.ts';

const FEATURES = [
  'tenure_days',
  'opens_30d',
  'clicks_30d',
  'orders_12m',
  'days_since_order',
  'average_basket',
  'days_since_payday',
  'device',
  'channel',
  'is_member',
] as const;

/** The header, then one line a row. The export is made when the last one is sent: what is not yet known then is empty. */
export function* newsletterCsv(options: NewsletterOptions): Generator<string> {
  yield `customer_id,sent_at,${FEATURES.join(',')},support_minutes,converted\n`;
  const { endMs } = periodOf(options);
  for (const row of newsletterRows(options)) yield lineOf(row, endMs);
}

/** An early order is left out, too, until everybody has had the time: else buyers would be over-counted among the newest rows. */
function lineOf({ entity, at, features, converted, supportMinutes }: NewsletterRow, exportedAtMs: number): string {
  const isOver = exportedAtMs - Date.parse(at) >= LATEST_CONVERSION_MS;
  const afterwards = isOver ? [supportMinutes ?? '', converted ? 1 : 0] : ['', ''];
  return `${[entity, at, ...FEATURES.map((name) => features[name] ?? ''), ...afterwards].join(',')}\n`;
}
