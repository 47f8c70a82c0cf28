import { type Box, boxOf, type Label } from './box.ts';
import { textWidth } from './text-width.ts';

/**
 * Places labels beside points so that they cover neither each other, nor a point, nor leave the box: each where it
 * finds room, in the order of the points.
 *
 * @returns a place for each, undefined where there is no room
 */
export function placeLabels(
  points: readonly { readonly x: number; readonly y: number; readonly text: string }[],
  bounds: Box,
): (Label | undefined)[] {
  const taken: Box[] = points.map(({ x, y }) => around(x, y, 6));
  return points.map(({ x, y, text }) => {
    const width = textWidth(text);
    const found = candidates(x, y).find((label) => {
      const box = boxOf(label, width);
      return within(box, bounds) && !taken.some((other) => overlap(box, other));
    });
    if (found !== undefined) taken.push(boxOf(found, width));
    return found;
  });
}

/** A front goes on to the right of its points, where a label stands only if nothing else is free. */
function candidates(x: number, y: number): Label[] {
  return [
    { x, y: y - 16, anchor: 'middle' },
    { x: x - 10, y, anchor: 'end' },
    { x: x + 8, y: y - 14, anchor: 'start' },
    { x: x - 8, y: y - 14, anchor: 'end' },
    { x, y: y + 16, anchor: 'middle' },
    { x: x + 8, y: y + 14, anchor: 'start' },
    { x: x - 8, y: y + 14, anchor: 'end' },
    { x: x + 10, y, anchor: 'start' },
  ];
}

function around(x: number, y: number, r: number): Box {
  return { left: x - r, right: x + r, top: y - r, bottom: y + r };
}

function within(box: Box, bounds: Box): boolean {
  return (
    box.left >= bounds.left &&
    box.right <= bounds.right &&
    box.top >= bounds.top &&
    box.bottom <= bounds.bottom
  );
}

function overlap(a: Box, b: Box): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}
