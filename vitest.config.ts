import { defineConfig } from 'vitest/config';

/**
 * `fast` holds everything that needs no server. `slow` starts Postgres, Temporal and our own processes; its files share one
 * machine of two cores, so they run one after another.
 */
export default defineConfig({
  test: {
    pool: 'forks',
    projects: [
      {
        test: {
          name: 'fast',
          include: ['test/**/*.test.ts'],
          exclude: ['test/{store,activities,workflows,gateway,cli,stories,faults,replay,dev}/**', '**/node_modules/**'],
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'slow',
          include: ['test/{store,activities,workflows,gateway,cli,stories,faults,replay,dev}/**/*.test.ts'],
          globalSetup: ['test/support/servers.ts'],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 600_000,
        },
      },
    ],
  },
});
