/**
 * `@temporalio/common` types durations with the `ms` package, whose typings are hidden from ESM projects; durations would
 * silently become `any`. Remove when https://github.com/temporalio/sdk-typescript/pull/1136's canary pin is replaced.
 */
declare module 'ms' {
  type Unit = 'ms' | 's' | 'm' | 'h' | 'd' | 'w' | 'second' | 'seconds' | 'minute' | 'minutes' | 'hour' | 'hours' | 'day' | 'days';
  export type StringValue = `${number}` | `${number}${Unit}` | `${number} ${Unit}`;
}
