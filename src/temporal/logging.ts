import { DefaultLogger, type LogEntry, Runtime } from '@temporalio/worker';

let isInstalled = false;

/** One line an entry. What the engine does all day is left out; what our workflows say and every warning is not. */
export function logInOneLine(say: (line: string) => void): void {
  if (isInstalled) return;
  isInstalled = true;
  Runtime.install({ logger: new DefaultLogger('INFO', (entry) => isWorthSaying(entry) && say(lineFor(entry))) });
}

function isWorthSaying({ level, message, meta }: LogEntry): boolean {
  if (meta?.sdkComponent === 'workflow') return true;
  return (level === 'WARN' || level === 'ERROR') && !message.startsWith('No workflows registered');
}

function lineFor({ level, message, meta }: LogEntry): string {
  const about = [meta?.workflowId, meta?.activityType, meta?.event, meta?.by].filter((each) => each !== undefined).join(' ');
  const error = meta?.error instanceof Error ? `: ${meta.error.message}` : typeof meta?.error === 'string' ? `: ${meta.error}` : '';
  return `${level === 'INFO' ? '' : `${level} `}${message}${error}${about ? ` (${about})` : ''}`;
}
