/** Files of half of the world write 3,5 for three and a half. */
import { type Duck, literal } from '../data/duck.ts';

const WHOLE_OR_COMMA = literal('^[+-]?[0-9]+(,[0-9]+)?$');
/** Digits behind a comma that cannot be a group of thousands: 3,5 and 0,125, unlike 1,250. */
const SURELY_DECIMAL = literal('^[+-]?([0-9]+,([0-9]{1,2}|[0-9]{4,})|0[0-9]*,[0-9]+)$');
const WITH_POINT = literal('^[+-]?[0-9]*\\.[0-9]+$');
const NEARLY_ALL = 0.99;

/**
 * Whether the columns c0, c1, ... of `texts` have decimal commas, which one of them must show beyond doubt, and none decimal points.
 * If so, they are written with points from then on, but for labels, whose two texts stay as they are.
 */
export async function mendDecimalCommas(duck: Duck, columns: number): Promise<boolean> {
  const places = Array.from({ length: columns }, (_, at) => `c${at}`);
  const shareOf = (column: string, pattern: string) =>
    `coalesce(count(*) filter (regexp_full_match(${column}, ${pattern})) / nullif(count(${column}), 0), 0)::double`;
  const figures = places.flatMap((column) => [
    `${shareOf(column, WHOLE_OR_COMMA)} as ${column}_numbers`,
    `${shareOf(column, SURELY_DECIMAL)} as ${column}_sure`,
    `${shareOf(column, WITH_POINT)} as ${column}_points`,
    `(count(distinct ${column}) > 2) as ${column}_many`,
  ]);
  const [found] = await duck.all(`select ${figures.join(', ')} from texts`);
  const isNumber = (column: string) => Number(found![`${column}_numbers`]) >= NEARLY_ALL && found![`${column}_many`] === true;
  const isSure = places.some((column) => isNumber(column) && Number(found![`${column}_sure`]) > 0);
  const hasPoints = places.some((column) => Number(found![`${column}_points`]) >= NEARLY_ALL / 2);
  if (!isSure || hasPoints) return false;
  const mended = places.filter(isNumber).map((column) => `${column} = replace(${column}, ',', '.')`);
  await duck.run(`update texts set ${mended.join(', ')}`);
  return true;
}
