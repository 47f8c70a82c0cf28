import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { lstat, readFile } from 'node:fs/promises';
import { runPaths } from '@mnet/train';
import { settingsOf } from '@mnet/bench/settings';
import { streamEvents } from './event-stream.ts';
import { headers, isForHere, reportHeaders } from './headers.ts';
import { pageFiles } from './page-files.ts';
import type { AllSettings, RunDetails } from './protocol.ts';
import { curvesOf } from './run-curves.ts';
import type { WatchedRun, WatchedRuns } from './watched-runs.ts';

/**
 * The server of `mnet watch`: the page, its events and what it asks for, to be read alone. A run is named by its id,
 * which is looked up among those that were found, so that no request leads to another file.
 */
export function watchServer(runs: WatchedRuns): Server {
  return createServer((request, response) => {
    answer(request, response, runs).catch((error: Error) => {
      if (response.headersSent) response.destroy();
      else refuse(response, 500, error.message);
    });
  });
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  runs: WatchedRuns,
): Promise<void> {
  if (!isForHere(request)) return refuse(response, 403, 'this server is for this machine alone');
  if (request.method !== 'GET') return refuse(response, 405, 'takes GET', { Allow: 'GET' });
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
  const file = pageFiles.get(pathname);
  if (file) return give(response, file.type, file.content);
  if (pathname === '/events') return streamEvents(response, runs);
  if (pathname === '/runs') return giveJson(response, runs.all());
  if (pathname === '/settings') return giveJson(response, settingsOfAll(runs));
  const about = aboutRun[pathname];
  if (about === undefined) return refuse(response, 404, 'not found');
  const id = searchParams.get('run') ?? '';
  const run = runs.get(id);
  if (run === undefined) return refuse(response, 404, `there is no run '${id}'`);
  await about(response, run, searchParams);
}

type AboutRun = (response: ServerResponse, run: WatchedRun, asked: URLSearchParams) => unknown;

/** What `?run=ID` stands behind. */
const aboutRun: Readonly<Record<string, AboutRun | undefined>> = {
  __proto__: null as never,
  '/curves': (response, { followed, row }, asked) => {
    const known = Number(asked.get('generation')) === followed.generation;
    const from = known ? Number(asked.get('steps')) : 0;
    giveJson(response, curvesOf(followed, row.id, Number.isSafeInteger(from) ? from : 0));
  },
  '/details': (response, { followed, row }) => {
    const command = followed.record?.command;
    giveJson(response, { id: row.id, dir: followed.dir, command } satisfies RunDetails);
  },
  '/report': giveReport,
};

function settingsOfAll(runs: WatchedRuns): AllSettings {
  const all = [...runs.entries()].map(
    ([
      id,
      {
        followed: { record },
      },
    ]) => {
      try {
        return [id, Object.fromEntries(record ? settingsOf(record) : [])] as const;
      } catch {
        // Its row says what is wrong.
        return [id, {}] as const;
      }
    },
  );
  return Object.fromEntries(all);
}

async function giveReport(response: ServerResponse, { followed }: WatchedRun): Promise<void> {
  let content: string;
  try {
    const { report } = runPaths(followed.dir);
    // A link would lead out of the folder.
    if (!(await lstat(report)).isFile()) throw new Error('not a file');
    content = await readFile(report, 'utf8');
  } catch {
    return refuse(response, 404, 'this run has no report');
  }
  response.writeHead(200, { ...reportHeaders, 'Content-Type': 'text/html; charset=utf-8' });
  response.end(content);
}

function giveJson(response: ServerResponse, value: unknown): void {
  give(response, 'application/json; charset=utf-8', JSON.stringify(value));
}

function give(response: ServerResponse, type: string, content: string): void {
  response.writeHead(200, { ...headers, 'Content-Type': type });
  response.end(content);
}

function refuse(response: ServerResponse, status: number, why: string, more = {}): void {
  const type = { 'Content-Type': 'text/plain; charset=utf-8' };
  response.writeHead(status, { ...headers, ...type, ...more });
  response.end(`${why}\n`);
}
