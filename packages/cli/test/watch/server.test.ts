import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { type IncomingMessage, request, type Server } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Run } from '@mnet/train';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listen, usualPort } from '../../src/watch/listen.ts';
import type { RunCurves, RunsEvent } from '../../src/watch/protocol.ts';
import { watchServer } from '../../src/watch/server.ts';
import { WatchedRuns } from '../../src/watch/watched-runs.ts';
import { mnetAt, mnetIn } from '../helpers/mnet.ts';
import { epochOf, madeRun } from './made-run.ts';

let root: string;
let run: Run;
let runs: WatchedRuns;
let server: Server;
let address: string;
const other: Server[] = [];

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'mnet-watch-server-'));
  writeFileSync(join(root, 'secret.html'), 'secret');
  run = await madeRun(root, 'watched/nested/a b');
  run.log({ event: 'epoch', ...epochOf(1) });
  writeFileSync(join(run.dir, 'report.html'), '<!doctype html><script>1</script>');
  (await madeRun(root, 'watched/linked')).close();
  symlinkSync(join(root, 'secret.html'), join(root, 'watched', 'linked', 'report.html'));
  mkdirSync(join(root, 'watched', 'none'));
  runs = new WatchedRuns(join(root, 'watched'));
  await runs.update();
  server = watchServer(runs);
  address = await listen(server, 0);
});
afterAll(() => {
  for (const each of [server, ...other]) each.closeAllConnections();
  for (const each of [server, ...other]) each.close();
  run.close();
  rmSync(root, { recursive: true });
});

const get = (path: string, init?: RequestInit) => fetch(new URL(path, address), init);
const id = encodeURIComponent('nested/a b');

/** An answer to a request with another Host header, which `fetch` does not allow. */
function asked(host: string | undefined, path = '/runs'): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const headers = host === undefined ? {} : { Host: host };
    request(new URL(path, address), { headers, setHost: false }, resolve).on('error', reject).end();
  });
}

describe('the server of mnet watch', () => {
  it('gives the page with a policy under which nothing is asked elsewhere', async () => {
    for (const [path, type] of [
      ['/', 'text/html'],
      ['/page.js', 'text/javascript'],
      ['/page.css', 'text/css'],
    ] as const) {
      const response = await get(path);
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toContain(type);
      expect(response.headers.get('x-content-type-options')).toBe('nosniff');
      expect(response.headers.get('cross-origin-resource-policy')).toBe('same-origin');
      const policy = response.headers.get('content-security-policy') ?? '';
      expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toMatch(/unsafe|\*|https?:/);
      expect((await response.text()).length).toBeGreaterThan(200);
    }
  });

  it('stands on the loopback address alone', () => {
    expect(server.address()).toMatchObject({ address: '127.0.0.1', family: 'IPv4' });
  });

  it('answers to its own names alone, so that no page elsewhere reads it by another name', async () => {
    const { port } = new URL(address);
    for (const host of [`127.0.0.1:${port}`, `localhost:${port}`]) {
      expect((await asked(host)).statusCode).toBe(200);
    }
    for (const host of [
      'evil.example',
      `evil.example:${port}`,
      `127.0.0.1:${Number(port) + 1}`,
      'localhost',
      '',
    ]) {
      const { statusCode } = await asked(host);
      expect([host, statusCode]).toEqual([host, 403]);
    }
    expect((await asked(undefined)).statusCode).toBeGreaterThanOrEqual(400);
    expect((await asked('evil.example', '/events')).statusCode).toBe(403);
  });

  it('is read alone', async () => {
    for (const method of ['POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS']) {
      const response = await get('/runs', { method });
      expect([method, response.status]).toEqual([method, 405]);
      expect(response.headers.get('allow')).toBe('GET');
    }
  });

  it('gives rows, curves, settings and details of runs', async () => {
    const { rows } = (await (await get('/runs')).json()) as RunsEvent;
    expect(rows.map((row) => row.id).toSorted()).toEqual(['linked', 'nested/a b']);
    const curves = (await (await get(`/curves?run=${id}`)).json()) as RunCurves;
    expect(curves.epochs).toMatchObject({ epoch: [1], trainLoss: [2] });
    const settings = (await (await get('/settings')).json()) as Record<string, object>;
    expect(settings['nested/a b']).toMatchObject({ 'options.seed': '1' });
    const details = await (await get(`/details?run=${id}`)).json();
    expect(details).toEqual({ id: 'nested/a b', dir: run.dir, command: run.config.command });
  });

  it('leaves out the steps that the page has of the same generation', async () => {
    for (const step of [1, 2, 3]) {
      run.log({ event: 'step', step, epoch: 2, learningRate: 1, loss: step, accuracy: 0 });
    }
    await runs.update();
    const ask = async (generation: number | string, steps: number | string) =>
      (await (
        await get(`/curves?run=${id}&generation=${generation}&steps=${steps}`)
      ).json()) as RunCurves;
    const { generation } = await ask('none', 0);
    expect((await ask(generation, 2)).steps).toMatchObject({ step: [3] });
    expect((await ask(generation, 2)).firstStep).toBe(2);
    for (const [old, steps] of [
      [generation + 1, 2],
      [generation, 'x'],
      ['', -1],
    ] as const) {
      expect(await ask(old, steps)).toMatchObject({ firstStep: 0, steps: { step: [1, 2, 3] } });
    }
  });

  it('gives a report in a sandbox, and no file that is a link', async () => {
    const response = await get(`/report?run=${id}`);
    expect(await response.text()).toContain('<!doctype html>');
    const policy = response.headers.get('content-security-policy') ?? '';
    expect(policy).toMatch(/^sandbox; default-src 'none'/);
    expect(policy).not.toContain('script');
    expect((await get('/report?run=linked')).status).toBe(404);
  });

  it('leads to no other file', async () => {
    const tries = [
      '/report?run=..',
      '/report?run=../',
      '/report?run=none',
      `/report?run=${encodeURIComponent(root)}`,
      `/report?run=${encodeURIComponent('nested/../../secret.html')}`,
      '/details?run=__proto__',
      '/__proto__',
      '/constructor?run=linked',
      '/config.json',
      '/%2e%2e/secret.html',
      '/nested/a%20b/config.json',
    ];
    for (const path of tries) expect([path, (await get(path)).status]).toEqual([path, 404]);
    // As no URL of fetch writes it.
    for (const path of ['/../secret.html', '//etc/passwd', 'http://evil.example/secret.html']) {
      const text = await raw(
        `GET ${path} HTTP/1.1\r\nHost: ${new URL(address).host}\r\nConnection: close\r\n\r\n`,
      );
      expect([path, text.split(' ')[1]]).toEqual([path, '404']);
      expect(text).not.toMatch(/\r\nsecret/);
    }
  });

  it('tells a page all runs and then what changes', async () => {
    const abort = new AbortController();
    const response = await get('/events', { signal: abort.signal });
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    const events = eventsOf(response);
    const first = (await events.next()).value as RunsEvent;
    expect(first.all).toBe(true);
    expect(first.rows).toHaveLength(2);
    run.log({ event: 'epoch', ...epochOf(2) });
    await runs.update();
    const second = (await events.next()).value as RunsEvent;
    expect(second).toMatchObject({
      all: false,
      removed: [],
      rows: [{ id: 'nested/a b', epoch: 2 }],
    });
    abort.abort();
  });

  it('takes the next port where the usual one is taken, and says so of one that was asked for', async () => {
    for (let i = 0; i < 2; i++) other.push(watchServer(runs));
    const [first, second] = other as [Server, Server];
    const port = Number(new URL(await listen(first)).port);
    expect(port).toBeGreaterThanOrEqual(usualPort);
    expect(Number(new URL(await listen(second)).port)).toBeGreaterThan(port);
    const third = watchServer(runs);
    await expect(listen(third, port)).rejects.toThrow(
      `port: got ${port}, which is in use; takes a free one, and 0 for any`,
    );
  });
});

describe('mnet watch', () => {
  it('says where the page is, and ends with Ctrl-C', async () => {
    const { status, stdout, stderr } = await mnetIn(
      root,
      ['watch', 'watched', '--port', '0'],
      /http/,
    );
    expect(stderr.trim()).toBe('');
    expect(stdout).toMatch(/watched: http:\/\/127\.0\.0\.1:\d+\/\n$/);
    expect(status).toBe(0);
  });

  it('refuses a file and a port that is none', async () => {
    const file = await mnetAt(root, ['watch', 'secret.html']);
    expect(file).toMatchObject({ status: 1 });
    expect(file.stderr).toContain('folder: got secret.html, a file; takes a folder of runs');
    expect(await mnetAt(root, ['watch', '--port', '70000'])).toMatchObject({ status: 2 });
  });
});

async function* eventsOf({ body }: Response): AsyncGenerator<RunsEvent, void> {
  let text = '';
  for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) {
    text += new TextDecoder().decode(chunk);
    const parts = text.split('\n\n');
    text = parts.pop() ?? '';
    for (const part of parts) {
      if (part.startsWith('data: ')) yield JSON.parse(part.slice('data: '.length)) as RunsEvent;
    }
  }
}

function raw(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(Number(new URL(address).port), '127.0.0.1', () => socket.write(text));
    socket.on('data', (chunk: Buffer) => (answer += chunk.toString()));
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
  });
}
