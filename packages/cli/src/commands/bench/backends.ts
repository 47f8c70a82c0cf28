import { show } from '@mnet/core/check';
import { list, optional, options, type Takes } from '@mnet/core/options';
import type { Command } from 'commander';
import { addFlags } from '../../flags/flag.ts';
import { type BackendName, backendNames, useBackend } from '../../flags/backend.ts';

/** A backend, and of `mnet` what runs its kernels, such as `mnet:wasm`. */
export interface BackendSpec {
  readonly name: BackendName;
  readonly kernels?: string;
}

const spec: Takes<string> = {
  text: `some of ${backendNames.join(', ')}, mnet:native, mnet:wasm, or mnet: and a build of its kernels`,
  check(value, argument) {
    if (typeof value === 'string' && parsed(value) !== undefined) return value;
    throw new TypeError(`${argument}: got ${show(value)}, takes ${spec.text}`);
  },
  written: 'string',
};

const backendsOptions = options({
  /** Backends that are measured in turns, instead of one. */
  backends: optional(list(spec, spec.text)),
});

/** Adds the flag `--backends`. */
export function addBackendsFlag(command: Command): Command {
  return addFlags(command, backendsOptions, {
    backends: [
      '--backends <list>',
      `several backends, side by side: ${spec.text}; those not installed are left out`,
      { conflicts: 'backend' },
    ],
  });
}

/** Starts what {@link addBackendsFlag} takes. */
export async function useBackendSpec(text: string, threads?: number): Promise<void> {
  const { name, kernels } = parsed(text) as BackendSpec;
  await useBackend(name, threads, kernels);
}

/** Whether a backend can have several threads in Node.js. */
export function hasThreads(text: string): boolean {
  const name = parsed(text)?.name;
  return name === 'mnet' || name === 'tensorflow';
}

function parsed(text: string): BackendSpec | undefined {
  const [name = '', kernels, ...rest] = text.split(':');
  if (!(backendNames as readonly string[]).includes(name) || rest.length > 0) return undefined;
  if (kernels === undefined) return { name: name as BackendName };
  return name === 'mnet' && /^[\w-]+$/.test(kernels) ? { name, kernels } : undefined;
}
