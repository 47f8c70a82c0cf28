// More than one copy of TensorFlow.js in a program. All copies of tfjs-core share one engine, with its tensors, kernels and
// backends; classes of layers, the register of saved layers and the names of weights are each copy's own.
import { env, Tensor, version_core } from '@tensorflow/tfjs-core';

/** A package of TensorFlow.js of which a program should have one copy. */
export type SharedPackage = 'tfjs-core' | 'tfjs-layers';

/** What each copy sets anew, in the environment that all share, when it loads; others set one of another name. */
function platform(): { name: string; object: unknown } {
  const { platformName, platform: object } = env();
  return { name: platformName, object };
}

/** That of the copy that loaded last before this module. */
const atLoad = platform();

/** Whether a copy has loaded since. */
function loadedLater(): boolean {
  const now = platform();
  return now.object !== atLoad.object && now.name === atLoad.name;
}

/** The class of the copy that loaded first, as that leaves it to the others. */
function firstTensorClass(): typeof Tensor | undefined {
  const { _tfGlobals } = globalThis as { _tfGlobals?: Map<string, typeof Tensor> };
  return _tfGlobals?.get('Tensor');
}

/** The folders of a package that Node.js has loaded files from; none where there is no Node.js. */
function foldersInNode(name: SharedPackage): string[] {
  const { process } = globalThis as { process?: Partial<NodeJS.Process> };
  if (typeof process?.getBuiltinModule !== 'function' || !process.execPath) return [];
  // Each such function has the list of all modules that were loaded, wherever it resolves names from.
  const { cache } = process.getBuiltinModule('node:module').createRequire(process.execPath);
  const folder = new RegExp(`^.*[\\\\/]@tensorflow[\\\\/]${name}(?=[\\\\/])`);
  return [...new Set(Object.keys(cache).flatMap((path) => folder.exec(path) ?? []))];
}

/** The copies that Node.js has loaded, each as `4.22.0 in FOLDER`. */
function inNode(name: SharedPackage): string[] {
  return foldersInNode(name).map((folder) => {
    const { existsSync, readFileSync } = process.getBuiltinModule('node:fs');
    const manifest = `${folder}/package.json`;
    if (!existsSync(manifest)) return `one in ${folder}`;
    const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };
    return `${version} in ${folder}`;
  });
}

/** Where a class's code is, such as `https://example.org/app.js:12:5`, read off the stack of its constructor. */
function placeOf(tensorClass: typeof Tensor): string {
  let stack = '';
  const shape = {
    slice() {
      stack = new Error('where').stack ?? '';
      return [];
    },
    length: 0,
  };
  // Its constructor copies the shape: the line below that call is its own.
  Reflect.construct(tensorClass, [shape, 'float32', {}, -1]);
  const caller = stack.split('\n').filter((line) => /:\d+:\d+/.test(line))[1] ?? '';
  // V8 writes `at new Tensor (PLACE)`, others `Tensor@PLACE`.
  const place = /(?:^|[\s(@])((?:[a-z-]+:|[A-Za-z]:\\|\/)[^\s()]*:\d+:\d+)/.exec(caller);
  return place?.[1] ?? 'an unknown place';
}

/** The copies of tfjs-core that can be told from another; fewer than two where there is but one. */
function coresLoaded(): string[] {
  const loaded = inNode('tfjs-core');
  if (loaded.length > 1) return loaded;
  const first = firstTensorClass();
  const earlier = first !== undefined && first !== Tensor;
  if (!earlier && !loadedLater()) return loaded;
  const own = `${version_core} at ${placeOf(Tensor)}`;
  return [own, earlier ? `another at ${placeOf(first)}` : 'another, which loaded later'];
}

const advice =
  "Have one copy of each: `npm ls @tensorflow/tfjs-core` says who asks for which. Install one version of all @tensorflow packages, or name it under overrides (in npm's and Bun's package.json, in pnpm-workspace.yaml for pnpm), for tfjs-core and for tfjs-layers; then install anew, from an empty node_modules.";

/**
 * The copies of a package of TensorFlow.js in this program, and how to have one, as the end of an error about something
 * that comes from another copy.
 */
export function copiesOf(name: SharedPackage): string {
  const loaded = name === 'tfjs-core' ? coresLoaded() : inNode(name);
  const which = loaded.length > 1 ? `Loaded are ${loaded.join(', and ')}. ` : '';
  return `${which}${advice}`;
}

let warned = false;

/**
 * Warns, once in a program, where it has more than one copy of tfjs-core: where each is, and how to have one. They compute
 * together, but what one copy makes, the other may not take.
 */
export function warnOfCopies(): void {
  if (warned || coresLoaded().length < 2) return;
  warned = true;
  console.warn(
    `mnet: this program has more than one copy of @tensorflow/tfjs-core. They share backends and tensors, but not layers, names of weights and classes of saved models. ${copiesOf('tfjs-core')}`,
  );
}
