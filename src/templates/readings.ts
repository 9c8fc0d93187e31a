/** Whether the texts of a column are times or numbers after all, written in another way than those that are read as they stand. */
import { type Duck, literal } from '../data/duck.ts';

const NEARLY_ALL = 0.99;
/** Days before months, where both would do; a text must be read whole. */
const dates = ['%d.%m.%Y', '%d/%m/%Y', '%m/%d/%Y', '%d-%m-%Y', '%m-%d-%Y', '%d.%m.%y', '%d/%m/%y', '%m/%d/%y'];
const inWords = ['%d %b %Y', '%d-%b-%Y', '%b %d, %Y', '%b %d %Y', '%d %B %Y', '%B %d, %Y', '%d-%b-%y'];
const timesOfDay = ['', ' %H:%M', ' %H:%M:%S', ' %I:%M %p', ' %I:%M:%S %p'];
const formats = [...[...dates, ...inWords].flatMap((date) => timesOfDay.map((time) => `${date}${time}`)), '%a %b %d %H:%M:%S %Y'];

/** "3,5", "1.234,50", "1,234". */
const COMMA_NUMBER = '^[+-]?[0-9][0-9.]*(,[0-9]+)*$';
/** "12.3 kg", "€ 1,200.00", "5%". */
const UNIT_NUMBER = '^([^0-9A-Za-z]{0,2}|EUR|USD|GBP|CHF)\\s?[+-]?[0-9][0-9., ]*(\\s?[^0-9\\s-]{1,4}|\\s[^0-9-]{1,10})?$';
/** Fewer may be names: "1st", "2nd". */
const FEWEST_UNITS = 20;

export interface Readings {
  /** In which a time is written that is not in ISO 8601: none for what is no time, several when nobody can tell the day from the month. */
  readonly timeFormats: readonly string[];
  /** Numbers that are not read as they stand: with a comma, or with a unit. */
  readonly isUnreadNumber: boolean;
}

/** Looks at the values of the view `one`. */
export async function readingsOf(duck: Duck): Promise<Readings> {
  const share = (condition: string) => `(count(*) filter (${condition}) / greatest(count(*), 1))::double`;
  const matches = (pattern: string) => `regexp_full_match(value, ${literal(pattern)})`;
  const [found] = await duck.all(`select ${share(matches('(?s).*[0-9].*'))} as digits, ${share(matches(COMMA_NUMBER))} as comma,
    ${share(matches(UNIT_NUMBER))} as unit, count(distinct value)::integer as different from one where value is not null`);
  const { digits, comma, unit, different } = found!;
  if (Number(digits) < NEARLY_ALL) return { timeFormats: [], isUnreadNumber: false };
  const timeFormats = await formatsOf(duck);
  if (timeFormats.length > 0) return { timeFormats, isUnreadNumber: false };
  return { timeFormats, isUnreadNumber: Number(comma) >= NEARLY_ALL || (Number(unit) >= NEARLY_ALL && Number(different) > FEWEST_UNITS) };
}

async function formatsOf(duck: Duck): Promise<string[]> {
  const counts = formats.map((format, at) => `count(try_strptime(value, ${literal(format)}))::integer as f${at}`);
  const [found] = await duck.all(`select count(*)::integer as all_of_them, ${counts.join(', ')} from one where value is not null`);
  return formats.filter((_, at) => Number(found![`f${at}`]) >= NEARLY_ALL * Number(found!['all_of_them']));
}
