/** Which columns say who somebody is, and which says who has agreed. By names and values, for somebody to correct. Pure. */
import type { ColumnLook, FileLook } from './look-at-file.ts';

export interface Privacy {
  readonly personal: readonly string[];
  readonly consent: { readonly column: string; readonly allowed: readonly string[] } | null;
}

/** At the end of a name: "phone" is somebody's, "phone_minutes" is not. */
const PERSONAL =
  /(e-?mail|phone|telefon|mobile|handy|address|adresse|anschrift|street|stra(ss|ß)e|iban|passport|ssn|(^|[ _.-])ip)([ _.-]?(no|nr|num|number|nummer|address|adresse|line)?[ _.-]?\d?)$|(first|last|sur|full|given|family|vor|nach|familien)[ _.-]?name$|^name$/i;
const E_MAIL = /^[^@\s]+@[^@\s]+\.[a-z]{2,}$/i;
/** Fewer different ones say what somebody has or uses, not who it is: a kind of phone, a city's streets. */
const FEWEST_PEOPLE = 100;
const CONSENT = /consent|einwillig|zustimm|gdpr|dsgvo/i;
const AGREED = /^(1|yes|y|true|t|ja|oui|s[ií]|agreed|given|granted|opt-?in)$/i;
/** Agreed, not, and withdrawn. */
const MOST_ANSWERS = 3;

/** `other`: columns that somebody has given another role. */
export function guessPrivacy({ columns }: Pick<FileLook, 'columns'>, other: readonly (string | undefined)[]): Privacy {
  const free = columns.filter(({ name }) => !other.includes(name));
  const consent = free.find(({ name, distinct }) => CONSENT.test(name) && distinct > 1 && distinct <= MOST_ANSWERS);
  const allowed = consent?.top.map(({ value }) => value).filter((value) => AGREED.test(value)) ?? [];
  return {
    personal: free.filter(isPersonal).map(({ name }) => name),
    consent: consent && allowed.length > 0 ? { column: consent.name, allowed } : null,
  };
}

function isPersonal({ name, distinct, present, top }: ColumnLook): boolean {
  if (top.length > 0 && top.every(({ value }) => E_MAIL.test(value))) return true;
  return PERSONAL.test(name) && distinct > Math.min(FEWEST_PEOPLE, present / 2);
}
