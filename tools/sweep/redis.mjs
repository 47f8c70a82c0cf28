import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** A Redis of its own, with an append-only file and a password, that can be killed and started again. */
export class Redis {
  #dir;
  #port;
  #address;
  #password = randomUUID();
  #child;

  constructor(dir, port, address) {
    this.#dir = dir;
    this.#port = port;
    this.#address = address;
  }

  /**
   * @param {string} dir where its file is
   * @param {string | undefined} address beside 127.0.0.1
   */
  static async start(dir, address) {
    mkdirSync(dir, { recursive: true });
    const redis = new Redis(dir, await freePort(), address);
    await redis.again();
    return redis;
  }

  /** @param {string} host */
  url(host) {
    return `redis://:${this.#password}@${host}:${this.#port}`;
  }

  async again() {
    const args = [
      ['--port', String(this.#port)],
      ['--bind', '127.0.0.1', ...(this.#address ? [this.#address] : [])],
      ['--requirepass', this.#password],
      ['--appendonly', 'yes'],
      ['--save', ''],
      ['--maxmemory-policy', 'noeviction'],
      ['--dir', this.#dir],
    ];
    this.#child = spawn('redis-server', args.flat(), { stdio: 'ignore' });
    this.#child.once('error', (error) => {
      throw new Error(
        `redis-server: ${error.message}; install it, as by apt-get install redis-server`,
      );
    });
    for (let tries = 0; !(await answers(this.#port)); tries += 1) {
      if (tries > 200) throw new Error('redis-server does not answer');
      await sleep(50);
    }
  }

  async kill() {
    if (!this.#child || this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill('SIGKILL');
    await once(this.#child, 'exit');
  }
}

function answers(port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
