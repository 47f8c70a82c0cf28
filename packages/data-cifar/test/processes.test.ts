import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import {
  describing,
  honestEntries,
  listing,
  small10,
  tarGz,
  temporaryFolder,
} from './helpers/fixture.ts';
import { send, serve } from '../../../tools/http/range-server.mjs';
import { nodeFlags } from '../../../tools/processes/start.mjs';

const archive = tarGz(honestEntries(small10));
const source = describing(small10, archive);
const program = fileURLToPath(new URL('helpers/load-child.ts', import.meta.url));

interface Running {
  readonly child: ChildProcess;
  readonly output: () => string;
  /** Resolves when the process has written this. */
  readonly says: (words: string) => Promise<void>;
}

function start(dir: string, url: string, ...more: string[]): Running {
  const child = spawn(
    process.execPath,
    [...nodeFlags, program, JSON.stringify(source), dir, url, ...more],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
  }
  const closed = once(child, 'close').then(() => {
    throw new Error(`the process ended with:\n${text}`);
  });
  closed.catch(() => {});
  const says = async (words: string): Promise<void> => {
    while (!text.includes(words)) await Promise.race([once(child.stdout, 'data'), closed]);
  };
  return { child, output: () => text, says };
}

test('two processes that load into one folder share one download', async () => {
  const dir = await temporaryFolder();
  const both: Running[] = [];
  const server = await serve((request, response) => {
    // Answered when the other one waits.
    const waiting = both.map(({ says }) => says('wait'));
    void Promise.any(waiting).then(() => send(request, response, archive));
  });
  both.push(start(dir, server.url), start(dir, server.url));
  await Promise.all(both.map(({ child }) => once(child, 'close')));
  for (const { output } of both) expect(output()).toContain('done 70 20');
  expect(server.requests).toHaveLength(1);
  expect(await listing(dir)).toContain('cifar-10-batches-bin/test_batch.bin');
  expect(await listing(dir)).not.toContain('cifar-10-binary.tar.gz.lock');
});

// Windows has no signals: a process is ended there without a chance to clean up.
test.skipIf(process.platform === 'win32')(
  'Ctrl-C in the middle of a download leaves the part alone, which the next run resumes',
  async () => {
    const dir = await temporaryFolder();
    const server = await serve((request, response, n) => {
      if (n > 0) return send(request, response, archive);
      response.writeHead(200, { 'content-length': archive.length });
      response.write(archive.subarray(0, 150_000));
    });
    const first = start(dir, server.url);
    const closed = once(first.child, 'close') as Promise<[number | null, string | null]>;
    await first.says('download 150000');
    first.child.kill('SIGINT');
    const [, signal] = await closed;
    expect(signal).toBe('SIGINT');
    expect(await listing(dir)).toEqual(['cifar-10-binary.tar.gz.part']);
    const second = start(dir, server.url);
    await once(second.child, 'close');
    expect(second.output()).toContain('done 70 20');
    expect(server.requests[1]!.range).toBe('bytes=150000-');
  },
);

test.skipIf(process.platform === 'win32')(
  'a load leaves nothing behind that ends the process at a Ctrl-C which it handles',
  async () => {
    const server = await serve((request, response) => send(request, response, archive));
    const { child, output } = start(await temporaryFolder(), server.url, 'interrupted');
    expect(await once(child, 'close')).toEqual([0, null]);
    expect(output()).toContain('done 70 20\ninterrupted and lives');
  },
);
