import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const exec = promisify(execFile);
// Of this process alone; names of links have at most 15 letters.
const bridge = `mnb${process.pid}`;
const net = `10.213.${1 + (process.pid % 250)}`;
const nameOf = (number) => `mn${process.pid}-${number}`;
/** The end of a namespace's cable that is outside of it. */
const cableOf = (name) => `${name}h`;

/** Network namespaces that can be cut off from this machine; none where that is not permitted. */
export class Network {
  /** Names of namespaces, each with a way to {@link server}. */
  namespaces = [];
  /** Where a server of this machine is reached from them; undefined where there are none. */
  server;

  get cuts() {
    return this.namespaces.length > 0;
  }

  /** @param {number} count */
  static async make(count) {
    const network = new Network();
    try {
      await ip(['link', 'add', bridge, 'type', 'bridge']);
      network.server = `${net}.1`;
      await ip(['addr', 'add', `${network.server}/24`, 'dev', bridge]);
      await ip(['link', 'set', bridge, 'up']);
      for (let i = 0; i < count; i += 1) {
        const name = nameOf(i + 1);
        await ip(['netns', 'add', name]);
        network.namespaces.push(name);
        await ip([
          'link',
          'add',
          `${name}h`,
          'type',
          'veth',
          'peer',
          'name',
          'eth0',
          'netns',
          name,
        ]);
        await ip(['link', 'set', `${name}h`, 'master', bridge, 'up']);
        await ip(['-n', name, 'addr', 'add', `${net}.${i + 2}/24`, 'dev', 'eth0']);
        await ip(['-n', name, 'link', 'set', 'eth0', 'up']);
        await ip(['-n', name, 'link', 'set', 'lo', 'up']);
      }
    } catch (error) {
      console.log(`no network namespaces: ${String(error.stderr ?? error.message).trim()}`);
      await network.remove();
    }
    return network;
  }

  cut(name) {
    return ip(['link', 'set', cableOf(name), 'down']);
  }

  mend(name) {
    return ip(['link', 'set', cableOf(name), 'up']);
  }

  async remove() {
    for (const name of this.namespaces) {
      // A namespace lives as long as a process in it.
      await ip(['link', 'del', cableOf(name)]).catch(() => {});
      await ip(['netns', 'del', name]).catch(() => {});
    }
    if (this.server) await ip(['link', 'del', bridge]).catch(() => {});
    this.namespaces = [];
    this.server = undefined;
  }
}

function ip(args) {
  return exec('ip', args);
}
