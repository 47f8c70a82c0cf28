import { describe, expect, it } from 'vitest';
import { addonPackages, inPublishOrder, sharedVersion } from '../packages.mjs';

const packed = (name, manifest = {}) => ({ manifest: { name, version: '1.2.0', ...manifest } });
const names = (packages) => packages.map(({ manifest }) => manifest.name);

describe('inPublishOrder', () => {
  it('puts each package after those that it needs', () => {
    const packages = [
      packed('a', { dependencies: { c: '^1.2.0', elsewhere: '1' } }),
      packed('b', { peerDependencies: { a: '^1.2.0' } }),
      packed('c', { optionalDependencies: { d: '1.2.0' } }),
      packed('d', { devDependencies: { a: '^1.2.0' } }),
    ];
    expect(names(inPublishOrder(packages))).toEqual(['d', 'c', 'a', 'b']);
    expect(names(inPublishOrder(packages.toReversed()))).toEqual(['d', 'c', 'a', 'b']);
  });

  it('refuses packages that need each other', () => {
    const packages = [
      packed('a', { dependencies: { b: '1' } }),
      packed('b', { dependencies: { a: '1' } }),
    ];
    expect(() => inPublishOrder(packages)).toThrow('packages: a needs b needs a: a circle');
  });

  it('has the addons before the backend that names them', () => {
    const addons = addonPackages().map(({ name }) => name);
    const backend = packed('@mnet/backend', {
      optionalDependencies: Object.fromEntries(addons.map((name) => [name, '1.2.0'])),
    });
    const order = names(inPublishOrder([backend, ...addons.map((name) => packed(name))]));
    expect(order.at(-1)).toBe('@mnet/backend');
    expect(order).toHaveLength(addons.length + 1);
  });
});

describe('sharedVersion', () => {
  it('is that of all packages', () => {
    expect(sharedVersion([packed('a'), packed('b')])).toBe('1.2.0');
  });

  it('refuses packages of several', () => {
    expect(() => sharedVersion([packed('a'), packed('b', { version: '1.3.0' })])).toThrow(
      'versions: got a 1.2.0, b 1.3.0, takes one version for all',
    );
  });
});
