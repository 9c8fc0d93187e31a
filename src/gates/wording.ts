/** Figures as people read them. The same figure looks the same in every verdict. */
export const figure = (value: number, digits: number): string => {
  const text = value.toFixed(digits);
  return Number(text) === 0 ? text.replace('-', '') : text;
};

export const count = (value: number): string => Math.round(value).toLocaleString('en-US');

export const percent = (value: number, digits = 1): string => `${figure(100 * value, digits)} %`;

export const range = ({ low, high }: { low: number; high: number }, words: (value: number) => string): string =>
  `${words(low)} to ${words(high)}`;

export const listed = (names: readonly string[]): string =>
  names.length <= 1 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
