import type { ServerResponse } from 'node:http';
import { headers } from './headers.ts';
import type { RunsEvent } from './protocol.ts';
import type { WatchedRuns } from './watched-runs.ts';

/** How often a connection without events shows that it lives, in milliseconds. */
const BEAT = 15_000;
/** A page that has so many bytes waiting does not read: it connects again when it does, and gets all rows. */
const MOST_WAITING = 16 << 20;

/** Answers with the rows of all runs, and then with those that change: server-sent events. */
export function streamEvents(response: ServerResponse, runs: WatchedRuns): void {
  response.writeHead(200, { ...headers, 'Content-Type': 'text/event-stream; charset=utf-8' });
  const send = (event: RunsEvent): void => {
    response.write(`data: ${JSON.stringify(event)}\n\n`);
    if (response.writableLength > MOST_WAITING) response.destroy();
  };
  response.write('retry: 1000\n\n');
  send(runs.all());
  const leave = runs.subscribe(send);
  const beat = setInterval(() => response.write(':\n\n'), BEAT);
  response.on('close', () => {
    leave();
    clearInterval(beat);
  });
}
