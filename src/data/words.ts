/** Figures as sentences show them. */
export function counted(count: number, noun?: string): string {
  const figure = count.toLocaleString('en-US');
  return noun === undefined ? figure : `${figure} ${noun}${count === 1 ? '' : 's'}`;
}

/** 0.0512 is "5.1 %"; what is above zero never reads as zero. */
export function percent(share: number): string {
  const figure = Number((share * 100).toPrecision(2));
  return `${figure >= 10 ? Number((share * 100).toFixed(1)) : figure} %`;
}
