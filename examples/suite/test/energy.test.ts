import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { energyMeter } from '../src/results/energy.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mnet-energy-'));
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
  rmSync(folder, { recursive: true });
});

/** A counter as Linux shows it. */
function zone(path: string, name: string, microjoules: number, range = 1_000_000_000): void {
  const dir = join(folder, path);
  mkdirSync(dir, { recursive: true });
  const files = { name, energy_uj: microjoules, max_energy_range_uj: range };
  for (const [file, value] of Object.entries(files)) writeFileSync(join(dir, file), `${value}\n`);
}

describe('the energy meter', () => {
  it('adds up what each processor has taken, and not their parts', () => {
    zone('intel-rapl:0', 'package-0', 5_000_000);
    zone('intel-rapl:0:0', 'core', 1_000_000);
    zone('intel-rapl:1', 'package-1', 0);
    zone('intel-rapl:2', 'psys', 7_000_000);
    const meter = energyMeter(folder);
    zone('intel-rapl:0', 'package-0', 8_000_000);
    zone('intel-rapl:0:0', 'core', 3_500_000);
    zone('intel-rapl:1', 'package-1', 250_000);
    zone('intel-rapl:2', 'psys', 19_000_000);
    expect(meter?.stop()).toBe(3.25);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('goes on where a counter begins anew, as often as that is', () => {
    const range = 10_000_000;
    zone('intel-rapl:0', 'package-0', 9_000_000, range);
    const meter = energyMeter(folder);
    for (const microjoules of [4_000_000, 9_000_000, 2_000_000]) {
      zone('intel-rapl:0', 'package-0', microjoules, range);
      vi.advanceTimersByTime(60_000);
    }
    zone('intel-rapl:0', 'package-0', 1_000_000, range);
    expect(meter?.stop()).toBe(5 + 5 + 3 + 9);
  });

  it('is none where the machine does not tell, or not this user', () => {
    expect(energyMeter(join(folder, 'missing'))).toBeUndefined();
    expect(energyMeter(folder)).toBeUndefined();
    zone('intel-rapl:0', 'package-0', 1);
    rmSync(join(folder, 'intel-rapl:0', 'energy_uj'));
    mkdirSync(join(folder, 'intel-rapl:0', 'energy_uj')); // a file that cannot be read, for root too
    expect(energyMeter(folder)).toBeUndefined();
  });
});
