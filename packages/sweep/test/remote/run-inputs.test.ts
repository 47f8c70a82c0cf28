import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { offerInputs } from '../../src/remote/run-inputs.ts';
import type { Program } from '../../src/run/program.ts';
import { openStore } from '../../src/store/open-store.ts';
import type { PlannedRun } from '../../src/study/plan.ts';
import { toyProgram } from '../queue/helpers/toy-runs.ts';

const dir = mkdtempSync(join(tmpdir(), 'mnet-inputs-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

it('a run goes to workers with the digests of what it reads, and with what follows from that here', async () => {
  const teacher = join(dir, 'teacher');
  writeFileSync(teacher, 'weights');
  const asked: unknown[] = [];
  const program: Program = {
    ...toyProgram,
    inputs: () => ({ teacher }),
    follows(config, open) {
      asked.push([config, open]);
      return { dataSeed: 7 };
    },
  };
  const config = { teacher, rate: 0.1 };
  const run: PlannedRun = { id: 'a', stage: '', program: 'toy', config, values: {}, needs: [] };
  const store = await openStore(join(dir, 'store'));
  try {
    const how = { cache: join(dir, 'cache'), content: true, open: ['rate'] };
    const [offered] = await offerInputs([run], () => program, store, how);
    expect(offered?.config).toEqual({
      teacher: { input: expect.stringMatching(/^[0-9a-f]{64}$/) },
      rate: 0.1,
      dataSeed: 7,
    });
    expect(asked).toEqual([[config, ['rate']]]);
  } finally {
    await store.close();
  }
});
