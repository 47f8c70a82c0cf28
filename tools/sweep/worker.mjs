import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { mnetCommand } from './mnet.mjs';

/** A worker as a process that is started again and again. */
export class Worker {
  number;
  /** Its network namespace, if it has one. */
  at;
  /** What it printed. */
  lines = [];
  #options;
  #child;

  constructor(number, options) {
    this.number = number;
    this.at = options.at;
    this.#options = options;
  }

  start() {
    const { at, url, store, lease, scratch } = this.#options;
    const flags = `--slots 1 --threads 1 --lease ${lease} --name worker-${this.number}`.split(' ');
    const places = ['--store', store, '--scratch', scratch];
    const words = [process.execPath, ...mnetCommand, 'sweep', 'worker', ...places, ...flags];
    const [file, ...args] = at ? ['ip', 'netns', 'exec', at, ...words] : words;
    this.#child = spawn(file, args, {
      env: { ...process.env, MNET_QUEUE: url },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream.on('data', (text) => this.lines.push(...String(text).split('\n')));
    }
  }

  kill() {
    this.#child.kill('SIGKILL');
  }

  /**
   * Stops the worker's process.
   *
   * @param {boolean} whole whether those of its runs too
   * @returns {() => void} lets them go on
   */
  suspend(whole) {
    const own = this.#child.pid;
    const pids = [own, ...(whole ? childrenOf(own) : [])];
    for (const pid of pids) send(pid, 'SIGSTOP');
    return () => {
      for (const pid of pids) send(pid, 'SIGCONT');
    };
  }

  end() {
    this.#child?.kill('SIGKILL');
  }
}

function childrenOf(pid) {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const parent = Number(
        readFileSync(`/proc/${name}/stat`, 'utf8').split(') ')[1].split(' ')[1],
      );
      return parent === pid ? [Number(name), ...childrenOf(Number(name))] : [];
    } catch {
      return [];
    }
  });
}

function send(pid, signal) {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended.
  }
}
