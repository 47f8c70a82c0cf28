// Programs that are killed without a word, for tests of what they leave behind.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';

/**
 * Runs a program again and again and kills it (SIGKILL) at instants drawn from a seed, then lets it end by itself. The
 * program writes a line when it begins and one for each step; its last argument is how many steps it may make, after which
 * it waits for its end: so the kill comes first on every machine.
 *
 * @param file the program
 * @param args what it takes before that number
 * @param options.kills how often it is killed
 * @param options.steps it is killed after 0 to so many steps, and up to 20 ms
 * @param options.random numbers from 0 to 1
 * @param options.onKilled called after each kill
 */
export async function killAgainAndAgain(file, args, { kills, steps, random, onKilled }) {
  for (let kill = 0; kill < kills; kill++) {
    const after = Math.floor(random() * (steps + 1));
    const delay = 20 * random();
    const child = start(file, [...args, String(after + 2)]);
    const exited = once(child, 'exit');
    let lines = 0;
    for await (const _ of createInterface(child.stdout)) {
      if (lines++ !== after) continue;
      await pause(delay);
      child.kill('SIGKILL');
    }
    const [code, signal] = await exited;
    if (signal !== 'SIGKILL') {
      throw new Error(`life ${kill + 1} ended by itself, with ${code}: ${await child.said}`);
    }
    onKilled();
  }
  const child = start(file, [...args, 'Infinity']);
  child.stdout.resume();
  const [code, signal] = await once(child, 'exit');
  if (code !== 0)
    throw new Error(`the last life ended with ${code ?? signal}: ${await child.said}`);
}

function start(file, args) {
  const child = spawn(process.execPath, [file, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  return Object.assign(child, { said: text(child.stderr) });
}
