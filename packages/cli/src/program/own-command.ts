import { startedByNpm } from './started-by-npm.ts';

/** What a command line of this program begins with: one that npm started need not be on the PATH. */
export function ownCommand(): string {
  return startedByNpm() ? 'npx @mnet/cli' : 'mnet';
}
