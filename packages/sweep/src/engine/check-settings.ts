import { show } from '@mnet/core/check';

/** @throws TypeError that says where, unless a value read from a file is an object of settings */
export function checkSettings(value: unknown, where: string): void {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return;
  throw new TypeError(`${where}: got ${show(value)}, takes an object of settings`);
}
