/** A table of events that has been read. */
export interface LoadedEvents {
  readonly file: string;
  readonly events: number;
  /** Events without a readable entity or time, which belong nowhere. */
  readonly setAside: number;
}

/** How many events of each table were read and set aside. */
export type EventCounts = Readonly<Record<string, Omit<LoadedEvents, 'file'>>>;
