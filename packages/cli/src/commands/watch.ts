import { once } from 'node:events';
import { statSync } from 'node:fs';
import { integer, optional, options, type Resolved } from '@mnet/core/options';
import { Command } from 'commander';
import { addFlags } from '../flags/flag.ts';
import { interruptSignal } from '../program/interrupt.ts';
import { userPath } from '../program/user-path.ts';
import { listen, usualPort } from '../watch/listen.ts';
import { watchServer } from '../watch/server.ts';
import { WatchedRuns } from '../watch/watched-runs.ts';

const watchOptions = options({
  /** Where the page is served; 0 takes any free port. Left out: the usual one, or the next that is free. */
  port: optional(integer({ min: 0, max: 65_535 })),
});

interface Flags extends Resolved<typeof watchOptions> {}

/** `mnet watch` */
export function watchCommand(): Command {
  const command = new Command('watch')
    .description('Shows the runs of a folder, live, in a page on this machine, until Ctrl-C.')
    .argument('[folder]', 'a folder of runs, at any depth', 'runs');
  addFlags(command, watchOptions, {
    port: [
      '--port <n>',
      `port of the page; 0 is any free one (default: ${usualPort}, or the next that is free)`,
    ],
  });
  return command.action(watch);
}

async function watch(path: string, { port }: Flags): Promise<void> {
  const folder = userPath(path);
  const stat = statSync(folder, { throwIfNoEntry: false });
  if (stat && !stat.isDirectory()) {
    throw new Error(`folder: got ${path}, a file; takes a folder of runs`);
  }
  const signal = interruptSignal('');
  const runs = new WatchedRuns(folder);
  const server = watchServer(runs);
  const address = await listen(server, port);
  console.log(`${folder}${stat ? '' : ' (not there yet)'}: ${address}`);
  // Not waited for: the page shows what there is meanwhile.
  void runs.start();
  if (!signal.aborted) await once(signal, 'abort');
  runs.stop();
  server.close();
  server.closeAllConnections();
}
