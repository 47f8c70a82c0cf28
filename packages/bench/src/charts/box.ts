/** A rectangle in a picture; y grows downwards. */
export interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** Where a label stands: its middle in height, and what of it is at x. */
export interface Label {
  readonly x: number;
  readonly y: number;
  readonly anchor: 'start' | 'end' | 'middle';
}

const lineHeight = 17;

/** What a label of this width covers. */
export function boxOf({ x, y, anchor }: Label, width: number): Box {
  const left = { start: x, end: x - width, middle: x - width / 2 }[anchor];
  return { left, right: left + width, top: y - lineHeight / 2, bottom: y + lineHeight / 2 };
}

/** The smallest box around all of these. */
export function joined(first: Box, others: readonly Box[]): Box {
  return others.reduce(
    (all, box) => ({
      left: Math.min(all.left, box.left),
      right: Math.max(all.right, box.right),
      top: Math.min(all.top, box.top),
      bottom: Math.max(all.bottom, box.bottom),
    }),
    first,
  );
}
