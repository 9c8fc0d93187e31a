import type { Command } from 'commander';
import { withExamples } from './arguments.ts';
import { withRegistry } from './connections.ts';
import type { CliContext } from './context.ts';
import { print } from './output.ts';

export function registerMigrate(program: Command, context: CliContext): void {
  const command = program
    .command('migrate')
    .summary('bring the database to the newest migration')
    .description(
      'Brings the database that DATABASE_URL names to the newest migration, before the processes of a new release start. Safe to repeat; understudy dev does it by itself.',
    );
  withExamples(command, ['migrate', 'migrate && understudy worker lifecycle']).action(() => bringUp(context));
}

async function bringUp(context: CliContext): Promise<void> {
  const { migrate, pendingMigrations } = await import('../store/migrate.ts');
  await withRegistry(context, async ({ db }) => {
    const pending = await pendingMigrations(db);
    if (pending.length === 0) return print(context, 'the database is at the newest migration');
    await migrate(db);
    print(context, `applied: ${pending.join(', ')}`);
  });
}
