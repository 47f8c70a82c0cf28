// A registry on this machine, with a door before it that can fail as a network or a registry does.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../processes/free-port.mjs';

const manifest = createRequire(import.meta.url).resolve('verdaccio/package.json');
const program = join(dirname(manifest), 'bin', 'verdaccio');

const config = `
storage: ./storage
web: { enable: false }
auth: { htpasswd: { file: ./htpasswd } }
uplinks: {}
packages:
  '**': { access: $all, publish: $authenticated }
log: { type: stdout, format: pretty, level: warn }
`;

export class LocalRegistry {
  #dir;
  #process;
  #port;
  #door;
  #failures = new Map();

  /** @param dir where it keeps what is published */
  constructor(dir) {
    this.#dir = dir;
  }

  /** Its address, that of the door; the same after it was killed and started again. */
  get url() {
    return `http://127.0.0.1:${this.#door.address().port}/`;
  }

  async start() {
    mkdirSync(this.#dir, { recursive: true });
    const file = join(this.#dir, 'config.yaml');
    writeFileSync(file, config);
    this.#port ??= await freePort();
    const words = [program, '--config', file, '--listen', `127.0.0.1:${this.#port}`];
    let said = '';
    this.#process = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => (said += text));
    }
    const ended = once(this.#process, 'exit');
    while (!(await fetch(`http://127.0.0.1:${this.#port}/-/ping`).catch(() => undefined))) {
      const over = await Promise.race([ended, sleep(100, undefined)]);
      if (over) throw new Error(`verdaccio ended:\n${said}`);
    }
    if (!this.#door) {
      this.#door = createServer((from, to) => {
        this.#pass(from, to).catch(() => to.destroy());
      }).listen(0, '127.0.0.1');
      await once(this.#door, 'listening');
    }
  }

  /** Ends it as a machine that fails does. */
  async kill() {
    const ended = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await ended;
  }

  async close() {
    this.#door.closeAllConnections();
    this.#door.close();
    if (this.#process.exitCode === null && this.#process.signalCode === null) await this.kill();
  }

  /**
   * The next publishing of a package fails.
   *
   * @param how `refused` by the registry, `killed` with it, or `lost`, where it arrives but its answer does not
   */
  failOnce(name, how) {
    this.#failures.set(name, how);
  }

  async #pass(from, to) {
    const name = decodeURIComponent(from.url.slice(1));
    const failure = from.method === 'PUT' ? this.#failures.get(name) : undefined;
    if (failure) this.#failures.delete(name);
    if (failure === 'refused') {
      from.resume();
      to.writeHead(403, { 'content-type': 'application/json' });
      to.end(JSON.stringify({ error: 'refused by the rehearsal' }));
      return;
    }
    if (failure === 'killed') await this.kill();
    const { url: path, method, headers } = from;
    const on = request({ host: '127.0.0.1', port: this.#port, path, method, headers }, (answer) => {
      if (failure === 'lost') {
        answer.resume().on('end', () => to.destroy());
        return;
      }
      to.writeHead(answer.statusCode, answer.headers);
      answer.pipe(to);
    });
    on.on('error', () => to.destroy());
    from.pipe(on);
  }

  /** What a program's environment has so that npm takes and puts packages of a scope here. */
  async environment(scope) {
    const user = { name: 'releaser', password: 'for-the-rehearsal-only' };
    const answer = await fetch(`${this.url}-/user/org.couchdb.user:${user.name}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(user),
    });
    const { token } = await answer.json();
    return {
      [`npm_config_${scope}:registry`]: this.url,
      [`npm_config_//${new URL(this.url).host}/:_authToken`]: token,
      // What fails here shall fail at once.
      npm_config_fetch_retries: '0',
      npm_config_fetch_timeout: '60000',
    };
  }

  /** The versions that it has of a package. */
  async versionsOf(name) {
    const answer = await fetch(`${this.url}${name.replace('/', '%2f')}`);
    if (answer.status === 404) return [];
    return Object.keys((await answer.json()).versions);
  }
}
