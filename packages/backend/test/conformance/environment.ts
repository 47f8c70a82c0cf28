// What must stand before the spec files are evaluated: jasmine's globals, the backend and tfjs-core's list of
// test environments, from which each spec file declares its specs.
import jasmine from 'jasmine-core';
import '@tensorflow/tfjs-backend-cpu';
import { setKernelBuild } from '@mnet/backend';
import { copyRegisteredKernels, findBackendFactory, registerBackend } from '@tensorflow/tfjs-core';
import { setTestEnvs } from '@tensorflow/tfjs-core/dist/jasmine_util.js';
import '@tensorflow/tfjs-core/dist/register_all_gradients.js';
import type { RunRequest } from './run-request.ts';

/** The run that the command line asks for. */
export const request = JSON.parse(process.argv[2] ?? '') as RunRequest;

export const env = jasmine.boot().getEnv();
env.configure({ random: false });

// Some specs draw unseeded numbers: with a seeded generator every run draws the same.
let state = 1;
Math.random = () => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return state / 2 ** 32;
};

// The baseline runs under a name of its own, as two specs exist for the name 'cpu' alone (README.md).
const baseline = 'stock';
const factory = findBackendFactory('cpu');
if (request.backend === 'cpu') {
  registerBackend(baseline, factory);
  copyRegisteredKernels('cpu', baseline);
} else {
  setKernelBuild(request.build);
}

const backendName = request.backend === 'cpu' ? baseline : request.backend;
setTestEnvs([{ name: 'backend', backendName, isDataSync: true }]);
