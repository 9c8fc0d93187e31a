/**
 * The gateway's time: monotonic, and set by the database's clock at every contact, because windows are judged in database time and
 * machines disagree.
 */
export interface ServingClock {
  /** Milliseconds since 1970. */
  now(): number;
  /** What the database's clock showed between these two readings of this clock. */
  setBy(databaseMs: number, askedAt: number, answeredAt: number): void;
}

/** Below this, a difference says more about the way to the database than about the clocks. */
const NOTICEABLE_MS = 50;

export function servingClock(): ServingClock {
  let origin = performance.timeOrigin;
  const now = () => origin + performance.now();
  return {
    now,
    setBy(databaseMs, askedAt, answeredAt) {
      const difference = databaseMs - (askedAt + answeredAt) / 2;
      if (Math.abs(difference) > Math.max(NOTICEABLE_MS, answeredAt - askedAt)) origin += difference;
    },
  };
}
