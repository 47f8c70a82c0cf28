// A Redis of a test's own.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from './free-port.mjs';

/** Why tests that need a Redis are skipped; undefined where there is one. */
export const noRedis =
  spawnSync('redis-server', ['--version']).status === 0
    ? undefined
    : 'skipped: redis-server is not on the PATH (Debian: apt-get install redis-server)';

/** The name of a group of tests that need a Redis. */
export function withRedis(name) {
  return noRedis === undefined ? name : `${name} (${noRedis})`;
}

/** A server with a folder and a port of its own, on 127.0.0.1. */
export class RedisServer {
  port;
  #folder;
  #flags;
  #child;

  constructor(port, folder, flags) {
    this.port = port;
    this.#folder = folder;
    this.#flags = flags;
  }

  /**
   * @param options.kept whether what it was told outlives it, by its append-only file
   * @param options.flags further ones of redis-server, which win
   */
  static async start({ kept = false, flags = [] } = {}) {
    if (noRedis !== undefined) throw new Error(noRedis);
    const folder = await mkdtemp(join(tmpdir(), 'mnet-redis-'));
    const append = kept ? ['--appendonly', 'yes', '--appendfsync', 'always'] : [];
    const server = new RedisServer(await freePort(), folder, [...append, ...flags]);
    await server.begin();
    return server;
  }

  get url() {
    return `redis://127.0.0.1:${this.port}`;
  }

  async begin() {
    const own = ['--port', `${this.port}`, '--bind', '127.0.0.1', '--dir', this.#folder];
    const quiet = ['--save', '', '--loglevel', 'warning', '--daemonize', 'no'];
    this.#child = spawn('redis-server', [...own, ...quiet, ...this.#flags], { stdio: 'ignore' });
    while (!(await listens(this.port))) await pause(20);
  }

  /** Ends it without a word. */
  async kill() {
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await ended;
  }

  signal(signal) {
    this.#child.kill(signal);
  }

  async remove() {
    if (this.#child?.exitCode === null && this.#child.signalCode === null) await this.kill();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

function listens(port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => socket.write('PING\r\n'));
    const end = (answer) => {
      socket.destroy();
      resolve(answer);
    };
    // One that still reads its file says LOADING, one that wants a password says so.
    socket.once('data', (data) => end(/PONG|NOAUTH/.test(data.toString())));
    socket.once('error', () => end(false));
  });
}
