// The bundle's entry: runs all specs of tfjs-core in this process, as the first argument asks for (RunRequest),
// and writes a RunResult to the file that the second one names.
import { writeFileSync } from 'node:fs';
import { env, request } from './environment.ts';
import '@tensorflow/tfjs-core/dist/tests.js';
import { mnet, setThreads } from '@mnet/backend';
import { engine, findBackendFactory } from '@tensorflow/tfjs-core';
import { backendName, runningBackend } from '../../src/register-backend.ts';
import type { RunResult } from './run-request.ts';

const result: RunResult = { specs: [], launches: {} };
const seen = new Map<string, number>();

if (request.backend === 'mnet') {
  // Once by itself: where it cannot start, the specs fail by the thousand, and none says why.
  (await findBackendFactory(backendName)()).dispose();
  const { build, threads } = request;
  const running = (): boolean => backendName in engine().registry;
  // The specs reset the engine again and again, and each reset starts the backend anew.
  env.beforeEach(async () => {
    if (!running()) return;
    if (mnet().threads !== threads) await setThreads(threads);
    runningBackend().device.startProfile();
  });
  env.afterEach(() => {
    if (!running()) return;
    for (const { kernel, calls } of runningBackend().device.stopProfile()) {
      result.launches[kernel] = (result.launches[kernel] ?? 0) + calls;
    }
    const { device } = runningBackend();
    if (device.threads.size !== threads || device.machine.build !== build) {
      throw new Error(`ran on ${device.machine.build} with ${device.threads.size} threads`);
    }
  });
}

env.addReporter({
  specDone({ fullName, status, failedExpectations }) {
    const count = (seen.get(fullName) ?? 0) + 1;
    seen.set(fullName, count);
    result.specs.push({
      name: count === 1 ? fullName : `${fullName} (${count})`,
      status,
      messages: failedExpectations.map(({ message }) => message),
    });
  },
});
const { failedExpectations = [] } = await env.execute();
for (const { message } of failedExpectations) {
  result.specs.push({ name: 'outside any spec', status: 'failed', messages: [message] });
}
writeFileSync(process.argv[3] as string, JSON.stringify(result));
