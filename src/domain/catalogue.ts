/** What a team has approved once for all its models. A pattern may hold `*`; null: nothing is said, so everything is approved. */
export interface Catalogue {
  /** Files, absolute, and connections as `postgres:NAME`. */
  readonly sources: readonly string[] | null;
  readonly features: readonly string[] | null;
  readonly trainers: readonly string[] | null;
}

export function isApproved(name: string, patterns: readonly string[] | null): boolean {
  return patterns === null || patterns.some((pattern) => matches(name, pattern));
}

/** Part by part, so that no pattern can be slow: each part between two stars must come after the one before. */
function matches(name: string, pattern: string): boolean {
  const parts = pattern.split('*');
  const [first, last] = [parts[0]!, parts.at(-1)!];
  if (parts.length === 1) return name === pattern;
  if (!name.startsWith(first) || !name.endsWith(last) || name.length < first.length + last.length) return false;
  let from = first.length;
  for (const part of parts.slice(1, -1)) {
    const at = name.indexOf(part, from);
    if (at < 0) return false;
    from = at + part.length;
  }
  return from <= name.length - last.length;
}
