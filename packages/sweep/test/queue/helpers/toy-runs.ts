import { fork } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sha256 } from '@mnet/core/files';
import type { Program } from '../../../src/run/program.ts';
import type { RunEnd, StartRun } from '../../../src/run/run-process.ts';

const program = fileURLToPath(new URL('./toy-run.mjs', import.meta.url));

type Said =
  | { kind: 'epoch'; epoch: number; epochs: number }
  | { kind: 'complete' | 'stopped' | 'paused'; epoch: number }
  | { kind: 'failed'; message: string; final: boolean };

/** Starts `toy-run.mjs`, a process as runs are. */
export const startToyRun: StartRun = (_, order, watch) => {
  const log = openSync(join(order.folder, 'output.log'), 'a');
  const child = fork(program, [JSON.stringify(order)], { stdio: ['ignore', log, log, 'ipc'] });
  closeSync(log);
  let last: RunEnd | undefined;
  child.on('message', (said: Said) => {
    if (said.kind === 'epoch') {
      const { epoch, epochs } = said;
      watch?.onProgress?.({ epoch, epochs, share: 0, validationAccuracy: epoch / (epochs + 1) });
      watch?.onEpoch?.(epoch);
    } else if (said.kind === 'failed') last = said;
    else if (said.kind === 'stopped') last = { kind: 'stopped', signal: 'stop' };
    else if (said.kind === 'paused') last = { kind: 'paused', epoch: said.epoch };
    else last = { kind: 'complete' };
  });
  // It may be gone when it is told something.
  const send = (message: object): void => void (child.connected && child.send(message, () => {}));
  return {
    end: new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        const ended = {
          kind: 'stopped',
          signal: signal ?? (code === 98 ? 'lease' : `code ${code}`),
        } as const;
        resolve(last ?? ended);
      });
    }),
    stop: () => send({ kind: 'stop' }),
    kill: () => void child.kill('SIGKILL'),
    lease: (milliseconds) => send({ kind: 'lease', milliseconds }),
  };
};

export const toyProgram: Program = {
  name: 'toy',
  inputs: () => ({}),
  seed: 'seed',
  check: () => {},
  command: () => ({ file: process.execPath, args: [program] }),
};

export interface ToyState {
  readonly epoch: number;
  readonly digest: string;
}

export async function toyState(folder: string): Promise<ToyState> {
  return JSON.parse(await readFile(join(folder, 'state.json'), 'utf8')) as ToyState;
}

/** What a toy's weights are. */
export async function toyWeights(folder: string): Promise<string> {
  return sha256([(await toyState(folder)).digest]);
}

/** A trial's value: that of its rate, better with each epoch. */
export async function toyValue(folder: string): Promise<number> {
  const { digest, epoch } = await toyState(folder);
  return epoch + Number.parseInt(digest.slice(0, 4), 16) / 65536;
}
