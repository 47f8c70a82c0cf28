/** What a paper prints of MobileNetV1 on ImageNet. */
export interface PublishedCost {
  readonly width: number;
  readonly resolution: number;
  /** Millions of multiply-adds, as printed. */
  readonly macs: number;
  /** Millions of parameters, as printed. */
  readonly params: number;
  /** On ImageNet's validation images, from 0 to 1; nothing of this is trained here. */
  readonly accuracy: number;
}

/** Howard et al. 2017, "MobileNets", tables 6 (widths) and 7 (resolutions), https://arxiv.org/abs/1704.04861 */
// biome-ignore format: a table
export const published: readonly PublishedCost[] = [
  { width: 1,    resolution: 224, macs: 569, params: 4.2, accuracy: 0.706 },
  { width: 0.75, resolution: 224, macs: 325, params: 2.6, accuracy: 0.684 },
  { width: 0.5,  resolution: 224, macs: 149, params: 1.3, accuracy: 0.637 },
  { width: 0.25, resolution: 224, macs: 41,  params: 0.5, accuracy: 0.506 },
  { width: 1,    resolution: 192, macs: 418, params: 4.2, accuracy: 0.691 },
  { width: 1,    resolution: 160, macs: 290, params: 4.2, accuracy: 0.672 },
  { width: 1,    resolution: 128, macs: 186, params: 4.2, accuracy: 0.644 },
];

/** The classes of the paper's networks. */
const imageNetClasses = 1000;

/** What the paper prints of such a network; undefined where it prints nothing of it. */
export function publishedOf(
  width: number,
  resolution: number,
  classes: number,
): PublishedCost | undefined {
  if (classes !== imageNetClasses) return undefined;
  return published.find((row) => row.width === width && row.resolution === resolution);
}

/** Whether ours are the printed figures, which the paper rounds in some rows and cuts off in others. */
export function agrees(
  { macs, params }: { readonly macs: number; readonly params: number },
  printed: PublishedCost,
): boolean {
  const within = (ours: number, theirs: number, unit: number): boolean =>
    Math.abs(ours - theirs) < unit;
  return within(macs / 1e6, printed.macs, 1) && within(params / 1e6, printed.params, 0.1);
}
