import type { Scalar } from '@tensorflow/tfjs-core';
import type { layers, Shape } from '@tensorflow/tfjs-layers';
import { BaseLayer } from './base-layer.ts';
import type { CostedLayer } from './costed-layer.ts';

/**
 * A layer made of layers. A subclass makes its parts in `compose`, through `attach`, and calls them in `forward`
 * directly, without tfjs's bookkeeping between them.
 *
 * To the outside it is one ordinary tfjs layer:
 * - its weights are those of the parts, in the order of attaching (trainable ones before the others, as everywhere in
 *   tfjs), named `layer/part/weight`, so that saving, loading, `getWeights` and `setWeights` work;
 * - `trainable` set on it is set on the parts.
 */
export abstract class CompositeLayer extends BaseLayer {
  /** The parts, in the order of attaching; empty before the layer is built. */
  readonly sublayers: layers.Layer[] = [];
  private scope = '';
  private skipInitialization = false;

  /** Makes, attaches and keeps the parts for an input of this shape. */
  protected abstract compose(inputShape: Shape): void;

  /**
   * Builds a part for an input of this shape and takes its weights over.
   *
   * @param part a new layer; its name must be its own within this layer
   * @returns the shape that comes out of it
   * @throws if the part is built already or the name is taken.
   */
  protected attach(part: layers.Layer, inputShape: Shape): Shape {
    if (part.built) {
      throw new Error(`${this.name}: the part '${part.name}' is built already; attach a new layer`);
    }
    if (this.sublayers.some(({ name }) => name === part.name)) {
      throw new Error(`${this.name}: got two parts named '${part.name}'; give each its own name`);
    }
    const scope = `${this.scope}${part.name}/`;
    if (part instanceof CompositeLayer) part.scope = scope;
    // tfjs scopes weight names by the layer that is applied, and parts are built without being applied.
    const addWeight = part['addWeight'].bind(part);
    part['addWeight'] = (name, ...rest) => addWeight(`${scope}${name}`, ...rest);
    part.setFastWeightInitDuringBuild(this.skipInitialization);
    part.build(inputShape);
    part.built = true;
    if (!this.trainable) part.trainable = false;
    this.sublayers.push(part);
    this['_trainableWeights'].push(...part['_trainableWeights']);
    this['_nonTrainableWeights'].push(...part['_nonTrainableWeights']);
    return part.computeOutputShape(inputShape) as Shape;
  }

  override build(inputShape: Shape | Shape[]): void {
    this.compose(inputShape as Shape);
    super.build(inputShape);
  }

  override get trainable(): boolean {
    return super.trainable;
  }

  override set trainable(trainable: boolean) {
    super.trainable = trainable;
    for (const part of this.sublayers) part.trainable = trainable;
  }

  override setFastWeightInitDuringBuild(value: boolean): void {
    super.setFastWeightInitDuringBuild(value);
    this.skipInitialization = value;
  }

  override calculateLosses(): Scalar[] {
    return [
      ...super.calculateLosses(),
      ...this.sublayers.flatMap((part) => part.calculateLosses()),
    ];
  }

  /** Throws while the parts are not made. */
  protected assertBuilt(): void {
    if (!this.built) {
      throw new Error(`${this.name} is not built; apply it to an input first`);
    }
  }

  /** The sum over the parts taken as a chain; a layer whose parts branch overrides this. */
  override countMacs(inputShape: Shape): number | null {
    this.assertBuilt();
    let shape = inputShape;
    let sum = 0;
    for (const part of this.sublayers) {
      const macs = (part as Partial<CostedLayer>).countMacs?.(shape);
      if (macs == null) return null;
      sum += macs;
      shape = part.computeOutputShape(shape) as Shape;
    }
    return sum;
  }
}
