import { beforeEach, describe, expect, test } from 'vitest';
import { COMMAND_WORDS, HEAD_WORDS, QUEUE_SLOTS, writers } from '../src/generated/commands.ts';
import { Layout } from '../src/runtime/layout.ts';
import { compileKernels } from '../src/wasm/build.ts';
import { instantiate, type KernelExports } from '../src/wasm/exports.ts';
import { sharedMemory } from '../src/wasm/shared-memory.ts';

// Two instances of the module, driven from one thread: the one that launches, and a worker of an epoch gone by that
// looks for work at the moments that a race would choose.

const CHUNKS = 8;
const SIZE = 8000;
/** Waits of 0.1 s; only a queue that stands still reaches it. */
const PATIENCE = 20;

let memory: WebAssembly.Memory;
let launcher: KernelExports;
let worker: KernelExports;

async function instance(index: number): Promise<KernelExports> {
  const { module } = await compileKernels('simd');
  return instantiate(module, memory, index);
}

/** Puts a command into the queue that writes `value` to SIZE places. */
function launch(slot: number, value: number, chunks = CHUNKS): void {
  const at = Layout.commands + 4 * COMMAND_WORDS * slot;
  const words = [Int32Array, Float32Array].map(
    (type) => new type(memory.buffer, at, COMMAND_WORDS),
  );
  const [ints, floats] = words as [Int32Array, Float32Array];
  writers.fill(ints, floats, 0, { out: Layout.heap, count: SIZE, word: value });
  ints[1] = chunks;
  launcher.enqueue(at, chunks);
}

/** Index of the first word of a line of the queue (kernels/queue.h): 0 `finished`, 1 `head`, from 7 on the slots. */
const field = (line: number): number => (Layout.control + 64 * line) / 4;

const written = (): Int32Array => new Int32Array(memory.buffer, Layout.heap, SIZE);

/** One look for work, without a wait: whatever number of commands is left will do. */
const look = (kernels: KernelExports): number => kernels.drain(1000, 1, PATIENCE);

beforeEach(async () => {
  memory = sharedMemory(Math.ceil(Layout.heap / 65_536) + 2);
  launcher = await instance(0);
  worker = await instance(1);
  launcher.begin(1);
  worker.join(1);
});

describe('the queue', () => {
  test('a worker of its epoch does its part', () => {
    expect(launcher.workers()).toBe(1);
    launch(0, 7);
    look(worker);
    expect(written().every((v) => v === 7)).toBe(true);
    expect(launcher.drain(0, 1, PATIENCE)).toBe(0);
  });

  test('a worker of the epoch before takes nothing of the next', () => {
    launcher.begin(2);
    launch(0, 7);
    look(worker);
    expect(written().every((v) => v === 0)).toBe(true);
    expect(launcher.drain(0, 1, PATIENCE)).toBe(0);
    expect(written().every((v) => v === 7)).toBe(true);
  });

  test('a beginning discards what was left, and the numbers go on', () => {
    launch(0, 7);
    launcher.begin(2);
    expect(launcher.drain(0, 1, PATIENCE)).toBe(0);
    expect(written().every((v) => v === 0)).toBe(true);
    for (let i = 0; i < QUEUE_SLOTS + 88; i++) {
      launch(i % QUEUE_SLOTS, i);
      expect(launcher.drain(0, 1, PATIENCE)).toBe(0);
      expect(written()[SIZE - 1]).toBe(i);
    }
  });

  test('who comes or dies late counts in no other epoch', () => {
    launcher.begin(2);
    expect(launcher.workers()).toBe(0);
    expect(worker.join(1)).toBe(0);
    expect(launcher.workers()).toBe(0);
    worker.fail(1);
    launch(0, 7);
    expect(launcher.drain(0, 1, PATIENCE)).toBe(0);
    expect(worker.join(2)).toBe(1);
    expect(launcher.workers()).toBe(1);
  });

  test('command numbers may pass the largest integer', () => {
    new Int32Array(memory.buffer)[field(1)] = 2 ** 31 - 3;
    launcher.begin(2);
    worker.join(2);
    for (let i = 0; i < 8; i++) launch(i, i);
    look(worker);
    expect(launcher.drain(0, 1, PATIENCE)).toBe(0);
    expect(written().every((v) => v === 7)).toBe(true);
  });

  test.each([65_535, 65_536, 200_001])(
    '%i chunks are done, whichever end a thread begins at',
    (chunks) => {
      launch(0, 7, chunks);
      look(worker);
      expect(written().every((v) => v === 7)).toBe(true);
      launch(1, 8, chunks);
      expect(launcher.drain(0, 1, PATIENCE)).toBe(0);
      expect(written().every((v) => v === 8)).toBe(true);
    },
  );

  describe('a command that another thread is still busy with', () => {
    /** Puts three commands into the queue at once, of which the first has no piece left to claim. */
    function launchBehind(...independent: [number, number]): () => void {
      const list = Layout.heap + 4 * SIZE * 3;
      [0, ...independent].forEach((count, i) => {
        const at = list + 4 * COMMAND_WORDS * i;
        const [ints, floats] = [Int32Array, Float32Array].map(
          (type) => new type(memory.buffer, at, COMMAND_WORDS),
        ) as [Int32Array, Float32Array];
        writers.fill(ints, floats, 0, { out: Layout.heap + 4 * SIZE * i, count: SIZE, word: 7 });
        ints[1] = CHUNKS;
        ints[HEAD_WORDS - 1] = count;
      });
      launcher.feed(list, 3);
      const words = new Int32Array(memory.buffer);
      const claimed = field(7) + 16 * ((words[field(0)] as number) % QUEUE_SLOTS);
      words[claimed] = CHUNKS;
      return () => {
        words[claimed] = 0;
      };
    }

    const done = (): boolean[] =>
      [0, 1, 2].map((i) =>
        new Int32Array(memory.buffer, Layout.heap + 4 * SIZE * i, SIZE).every((v) => v === 7),
      );

    test('does not hold up those that do not depend on it', () => {
      const release = launchBehind(1, 2);
      look(worker);
      expect(done()).toEqual([false, true, true]);
      release();
      expect(launcher.drain(0, 1, PATIENCE)).toBe(0);
      expect(done()).toEqual([true, true, true]);
    });

    test('holds up one that does, which is passed by one that depends on neither', () => {
      const release = launchBehind(0, 2);
      look(worker);
      expect(done()).toEqual([false, false, true]);
      release();
      expect(launcher.drain(0, 1, PATIENCE)).toBe(0);
      expect(done()).toEqual([true, true, true]);
    });

    test('holds up one that does not depend on the last one alone', () => {
      const release = launchBehind(1, 1);
      look(worker);
      expect(done()).toEqual([false, true, false]);
      release();
      expect(launcher.drain(0, 1, PATIENCE)).toBe(0);
      expect(done()).toEqual([true, true, true]);
    });
  });

  test('a command without chunks holds up nothing', () => {
    launcher.enqueue(Layout.commands, 0);
    expect(launcher.drain(0, 1, PATIENCE)).toBe(0);
  });
});
