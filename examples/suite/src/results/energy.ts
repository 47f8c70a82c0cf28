import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The energy that the processors have taken since it was begun, as Linux tells it (powercap, "running average power limit"). */
export interface EnergyMeter {
  /** Joules until now, of all processors whole; the last call ends the metering. */
  stop(): number;
}

/** Counters begin anew at some hundred kilojoules, which a large processor takes in half an hour. */
const readEveryMs = 60_000;

/** A counter of microjoules, and what it says after its largest value plus one: 0. */
interface Zone {
  readonly file: string;
  readonly range: number;
}

/**
 * Begins to count.
 *
 * @param folder where the kernel shows its counters
 * @returns undefined where the machine does not tell its energy, or not this user
 */
export function energyMeter(folder = '/sys/class/powercap'): EnergyMeter | undefined {
  const zones = zonesIn(folder);
  if (zones.length === 0) return undefined;
  let last: number[];
  try {
    last = zones.map(({ file }) => numberIn(file));
  } catch {
    return undefined; // since 2020 they are root's alone
  }
  let microjoules = 0;
  const read = (): void => {
    for (const [i, { file, range }] of zones.entries()) {
      const now = numberIn(file);
      const passed = now - (last[i] as number);
      microjoules += passed < 0 ? passed + range : passed;
      last[i] = now;
    }
  };
  const timer = setInterval(read, readEveryMs).unref();
  return {
    stop(): number {
      clearInterval(timer);
      read();
      return microjoules / 1e6;
    },
  };
}

/** The counters of whole processors; those of their parts lie in them. */
function zonesIn(folder: string): Zone[] {
  try {
    return readdirSync(folder).flatMap((zone): Zone[] => {
      if (!/^intel-rapl:\d+$/.test(zone)) return [];
      const name = readFileSync(join(folder, zone, 'name'), 'utf8');
      if (!name.startsWith('package-')) return [];
      const range = numberIn(join(folder, zone, 'max_energy_range_uj'));
      return [{ file: join(folder, zone, 'energy_uj'), range }];
    });
  } catch {
    return [];
  }
}

const numberIn = (file: string): number => Number(readFileSync(file, 'utf8'));
