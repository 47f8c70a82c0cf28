import { progressBar, train } from '@mnet/train';
import { setBackend } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { tinyModel, tinySplits } from './tiny.ts';

beforeAll(() => setBackend('cpu'));

/** A stream that keeps what is written. */
function stream(isTTY: boolean) {
  let text = '';
  return {
    isTTY,
    columns: 200,
    write: (part: string) => {
      text += part;
      return true;
    },
    on: () => undefined,
    get text() {
      return text;
    },
  };
}

const escape = String.fromCharCode(27);
const data = tinySplits();

describe('progressBar', () => {
  it('writes plain lines where there is no terminal', async () => {
    const out = stream(false);
    const callbacks = [progressBar({ stream: out, interval: 0 })];
    await train(tinyModel(), data, { epochs: 2, batchSize: 16, callbacks });
    expect(out.text).not.toContain(escape);
    expect(out.text).not.toContain('\r');
    const lines = out.text.trim().split('\n');
    expect(lines[0]).toBe('training tiny on 48 images: 2 epochs of 3 steps of 16');
    expect(lines[1]).toMatch(
      /^epoch 1\/2 {2}33\.3% {2}\d+ img\/s {2}\d:\d\d left {2}loss \d+\.\d{3} {2}acc \d+\.\d%$/,
    );
    expect(lines).toContainEqual(expect.stringMatching(/^validation {2}100\.0% {2}24\/24 images$/));
    expect(lines).toContainEqual(
      expect.stringMatching(
        /^epoch 1\/2 {2}train loss \d+\.\d{4} acc \d+\.\d% {2}validation loss \d+\.\d{4} acc \d+\.\d% {2}lr 0\.001 {2}\d+ img\/s {2}\d+\.\d s {2}\d:\d\d left$/,
      ),
    );
    expect(lines).toContainEqual(expect.stringMatching(/^epoch 2\/2 .* s$/));
  });

  it('writes one line an epoch where epochs are short', async () => {
    const out = stream(false);
    const callbacks = [progressBar({ stream: out, interval: 1e6 })];
    await train(tinyModel(), data, { epochs: 3, callbacks });
    expect(out.text.trim().split('\n')).toHaveLength(4);
  });

  it('draws a bar on a terminal, without colours, and takes it away', async () => {
    const out = stream(true);
    const callbacks = [progressBar({ stream: out, bar: true })];
    await train(tinyModel(), data, { epochs: 2, batchSize: 16, callbacks });
    expect(out.text).toContain('epoch 1/2 [');
    expect(out.text).toMatch(/100% {2}\d+ img\/s {2}\d:\d\d left/);
    // Neither a colour nor a mode that a killed process would leave behind: a hidden cursor, no wrapping.
    const colour = new RegExp(`${escape}\\[[\\d;]*m`);
    expect(out.text).not.toMatch(colour);
    expect(out.text).not.toContain(`${escape}[?`);
    expect(out.text.split('\n').at(-2)).toContain('epoch 2/2  train loss');
  });

  it('stops where the training fails, so that nothing keeps the process alive', async () => {
    const out = stream(true);
    const bar = progressBar({ stream: out, bar: true });
    const fail = {
      onStepEnd: () => {
        throw new Error('no more');
      },
    };
    vi.useFakeTimers({ toFake: ['setTimeout', 'setInterval', 'clearTimeout', 'clearInterval'] });
    try {
      const work = train(tinyModel(), data, { epochs: 1, callbacks: [bar, fail] });
      await expect(work).rejects.toThrow('no more');
      expect(out.text).toContain('epoch 1/1 [');
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  it('refuses what it does not take', () => {
    expect(() => progressBar({ color: true } as never)).toThrow("unknown option 'color'");
    expect(() => progressBar({ interval: -1 })).toThrow('interval: got -1');
    expect(() => progressBar({ stream: 2 as never })).toThrow('stream: got 2, takes a stream');
  });
});
