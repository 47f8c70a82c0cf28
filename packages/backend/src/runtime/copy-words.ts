import type { Device } from './device.ts';

/** Copies words of four bytes from one place of the memory to another that it does not overlap. */
export function copyWords(device: Device, from: number, to: number, words: number): void {
  device.launch('repeatRow', 1, { row: from, out: to, size: words, times: 1 });
}
