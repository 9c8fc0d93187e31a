import { defineConfig } from 'vitest/config';

/** Benchmarks are run by `npm run bench` and never by the tests: they print ratios and assert no times. */
export default defineConfig({
  test: {
    name: 'bench',
    root: '.',
    include: ['test/bench/**/*.bench.ts'],
    globalSetup: ['test/support/servers.ts'],
    fileParallelism: false,
    testTimeout: 600_000,
    hookTimeout: 600_000,
    disableConsoleIntercept: true,
  },
});
