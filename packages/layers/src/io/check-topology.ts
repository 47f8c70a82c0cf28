import { serialization } from '@tensorflow/tfjs-core';
import { LayersModel, Sequential } from '@tensorflow/tfjs-layers';
import { show } from '@mnet/core/check';

/** Deeper JSON than this no model has; tfjs walks through it by recursion. */
const MAX_NESTING = 200;

/** Makes an error of what is wrong and what to do; unless that is given, to take a file that tfjs saved. */
export type Wrong = (what: string, advice?: string) => Error;

/**
 * Throws unless tfjs can rebuild a model from this topology and comes to an end: its classes are known, each layer's
 * inputs come from layers that are there, and none waits for itself. tfjs looks for a missing input for ever.
 *
 * @param wrong makes an error of what is wrong with the file
 *
 * What tfjs does with the topology is in `Container.fromConfig` of
 * https://github.com/tensorflow/tfjs/blob/tfjs-v4.22.0/tfjs-layers/src/engine/container.ts.
 */
export function checkTopology(topology: object, wrong: Wrong): void {
  checkNesting(topology, wrong);
  // The graph of tfjs's other kind of model, of which loadGraphModel takes care.
  if ('node' in topology && !('class_name' in topology) && !('model_config' in topology)) return;
  const config = (topology as { model_config?: unknown }).model_config ?? topology;
  checkLayer(config, 'modelTopology', wrong);
}

/** Without recursion, which is what deep nesting would break. */
function checkNesting(topology: object, wrong: Wrong): void {
  let level: object[] = [topology];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MAX_NESTING) throw wrong(`modelTopology: nested more than ${MAX_NESTING} deep`);
    const children = level.flatMap((value) => Object.values(value));
    level = children.filter((child) => typeof child === 'object' && child !== null);
  }
}

/** Checks a layer, or a model as a layer, and what is in it. */
function checkLayer(value: unknown, where: string, wrong: Wrong): void {
  const { className, config } = fields(value);
  if (typeof className !== 'string' || typeof config !== 'object' || config === null) {
    throw wrong(`${where}: got ${show(value)} without class_name or config`);
  }
  const layerClass = registered(className);
  if (layerClass === undefined) {
    throw wrong(
      `${where}: tfjs does not know the class ${show(className)}`,
      'call registerLayers() of @mnet/layers before loading, or tf.serialization.registerClass for a class of your own',
    );
  }
  const { layers, layer, batchInputShape } = fields(config);
  if (batchInputShape !== undefined && !isShape(batchInputShape)) {
    throw wrong(`${where}.batch_input_shape: got ${show(batchInputShape)}`);
  }
  if (layerClass.prototype instanceof Sequential || layerClass === Sequential) {
    for (const [index, child] of list(layers ?? config, `${where}.layers`, wrong).entries()) {
      checkLayer(child, `${where}.layers[${index}]`, wrong);
    }
  } else if (isModel(layerClass)) {
    checkGraph(fields(config), where, wrong);
  } else if (layer !== undefined && fields(layer)['className'] !== undefined) {
    // A wrapper, such as TimeDistributed.
    checkLayer(layer, `${where}.layer`, wrong);
  }
}

/** One call of a layer: the outputs that it takes, each the `index`-th call of the layer `from`. */
interface Call {
  readonly layer: string;
  readonly inputs: readonly { readonly from: string; readonly index: number }[];
}

function checkGraph(config: Fields, where: string, wrong: Wrong): void {
  /** How often each layer has been called, as far as tfjs can get. */
  const calls = new Map<string, number>();
  const waiting: Call[] = [];
  for (const [index, value] of list(config['layers'], `${where}.layers`, wrong).entries()) {
    const at = `${where}.layers[${index}]`;
    checkLayer(value, at, wrong);
    const { name, className, config: own, inboundNodes } = fields(value);
    const ownName = fields(own)['name'] ?? name;
    if (typeof name !== 'string' || name !== ownName || calls.has(name) || name in {}) {
      throw wrong(
        `${at}: got the name ${show(name)}, takes one that no other layer has and that its config has too`,
      );
    }
    // An input, and a model within the model, has a call of its own.
    calls.set(name, className === 'InputLayer' || isModel(registered(className as string)) ? 1 : 0);
    for (const node of list(inboundNodes, `${at}.inbound_nodes`, wrong)) {
      const inputs = list(node, `${at}.inbound_nodes`, wrong).map((input) =>
        reference(input, `${at}.inbound_nodes`, wrong),
      );
      if (inputs.length > 0) waiting.push({ layer: name, inputs });
    }
  }
  connect(calls, waiting, where, wrong);
  for (const key of ['input_layers', 'output_layers']) {
    const ends = list(config[toCamelCase(key)], `${where}.${key}`, wrong);
    if (ends.length === 0) throw wrong(`${where}.${key}: got none`);
    for (const end of ends) {
      const { from, index } = reference(end, `${where}.${key}`, wrong);
      if (index >= (calls.get(from) ?? 0)) {
        throw wrong(
          `${where}.${key}: got call ${index} of ${show(from)}, which is not in the model`,
        );
      }
    }
  }
}

/** Makes every call whose inputs are there, until all are made; those that never can be are an error. */
function connect(
  calls: Map<string, number>,
  all: readonly Call[],
  where: string,
  wrong: Wrong,
): void {
  const key = (from: string, index: number): string => `${index} ${from}`;
  /** Calls by the input that they wait for first. */
  const waiting = new Map<string, Call[]>();
  const ready: Call[] = [];
  const place = (call: Call): void => {
    const missing = call.inputs.find(({ from, index }) => index >= (calls.get(from) ?? 0));
    if (missing === undefined) {
      ready.push(call);
      return;
    }
    const waitsFor = key(missing.from, missing.index);
    const others = waiting.get(waitsFor);
    if (others === undefined) waiting.set(waitsFor, [call]);
    else others.push(call);
  };
  for (const call of all) place(call);
  for (let call = ready.pop(); call !== undefined; call = ready.pop()) {
    const made = calls.get(call.layer) as number;
    calls.set(call.layer, made + 1);
    const woken = waiting.get(key(call.layer, made)) ?? [];
    waiting.delete(key(call.layer, made));
    for (const next of woken) place(next);
  }
  const [stuck] = [...waiting.values()].flat();
  if (stuck === undefined) return;
  const { from, index } = stuck.inputs.find(
    (input) => input.index >= (calls.get(input.from) ?? 0),
  )!;
  throw wrong(
    calls.has(from)
      ? `${where}: the layer ${show(stuck.layer)} takes the output of call ${index} of ${show(from)}, which is never made: the layers form a circle, or the call is missing`
      : `${where}: the layer ${show(stuck.layer)} takes the output of ${show(from)}, which is not in the model`,
  );
}

/** Takes `[layer, call, output]` apart, as inbound nodes and a model's ends have it. */
function reference(value: unknown, where: string, wrong: Wrong): { from: string; index: number } {
  const [from, index, output] = list(value, where, wrong);
  const isIndex = (n: unknown): boolean => Number.isSafeInteger(n) && (n as number) >= 0;
  if (typeof from !== 'string' || !isIndex(index) || !isIndex(output)) {
    throw wrong(`${where}: got ${show(value)}, where [layer, call, output] stands`);
  }
  return { from, index: index as number };
}

function list(value: unknown, where: string, wrong: Wrong): unknown[] {
  if (!Array.isArray(value)) throw wrong(`${where}: got ${show(value)}, where a list stands`);
  return value;
}

type Fields = Readonly<Record<string, unknown>>;

/** An object's fields by the names that tfjs gives them: of two that become one, it takes the last. */
function fields(value: unknown): Fields {
  if (typeof value !== 'object' || value === null) return {};
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [toCamelCase(name), field]),
  );
}

function toCamelCase(name: string): string {
  if (name.length <= 1) return name;
  return name.replaceAll(/_+(\w|$)/g, (_, letter: string) => letter.toUpperCase());
}

/** Whole numbers, and null for what is open. */
function isShape(value: unknown): boolean {
  const isSize = (n: unknown): boolean =>
    n === null || (Number.isSafeInteger(n) && (n as number) >= 0);
  return value === null || (Array.isArray(value) && value.every(isSize));
}

type Class = abstract new (...args: never[]) => unknown;

function registered(className: string): Class | undefined {
  const { classNameMap } = serialization.SerializationMap.getMap();
  // As with names of fields: tfjs takes the underscores out of every string.
  const name = toCamelCase(className);
  return Object.hasOwn(classNameMap, name) ? classNameMap[name]![0] : undefined;
}

function isModel(layerClass: Class | undefined): boolean {
  return layerClass === LayersModel || layerClass?.prototype instanceof LayersModel;
}
