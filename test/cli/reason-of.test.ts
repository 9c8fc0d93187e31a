import { ApplicationFailure } from '@temporalio/common';
import { expect, test } from 'vitest';
import { reasonOf } from '../../src/cli/temporal-requests.ts';
import { Failure } from '../../src/failures.ts';

const inside = (message: string, cause: Error) => Object.assign(new Error(message), { cause });

test('what a person is told is the sentence of our failure, not what the system said below it', () => {
  const system = new Error('ENOENT: no such file or directory');
  const ours = new Failure('SourceUnreadable', 'cannot read orders.csv: there is no such file', {}, { cause: system });
  const translated = ApplicationFailure.create({ type: ours.type, message: ours.message, cause: ours });
  expect(reasonOf(inside('Workflow execution failed', inside('Activity task failed', translated)))).toBe(ours.message);
});

test('what is none of our failures is told by whatever lies deepest', () => {
  const other = ApplicationFailure.create({ type: 'Error', message: 'something', cause: new Error('the socket was closed') });
  expect(reasonOf(inside('Workflow execution failed', other))).toBe('the socket was closed');
});
