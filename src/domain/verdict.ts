/**
 * The answer of one gate. Inconclusive is not a mild pass: it never raises the challenger's share of traffic. A gate that
 * could not be computed at all is not a verdict; the activity throws and Temporal retries it.
 */
export const verdictKinds = ['pass', 'fail', 'inconclusive'] as const;
export type VerdictKind = (typeof verdictKinds)[number];

export type Verdict =
  | { readonly kind: 'pass'; readonly reasons: readonly string[] }
  | { readonly kind: 'fail'; readonly reasons: readonly string[] }
  | { readonly kind: 'inconclusive'; readonly reasons: readonly string[] };

export const pass = (...reasons: string[]): Verdict => ({ kind: 'pass', reasons });
export const fail = (...reasons: string[]): Verdict => ({ kind: 'fail', reasons });
export const inconclusive = (...reasons: string[]): Verdict => ({ kind: 'inconclusive', reasons });

/** Any fail wins, any doubt beats a pass, and no gates means nothing was checked, which is inconclusive. */
export function combine(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.length === 0) return inconclusive('no gate ran');
  for (const kind of ['fail', 'inconclusive', 'pass'] as const) {
    const such = verdicts.filter((verdict) => verdict.kind === kind);
    if (such.length > 0) return { kind, reasons: such.flatMap((verdict) => verdict.reasons) };
  }
  return inconclusive('no gate ran');
}
