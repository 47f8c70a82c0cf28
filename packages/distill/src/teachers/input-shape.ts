import type { Teacher } from './teacher.ts';

/** Whether images of one shape can be of the other; null stands for any size. */
export function shapesAgree(a: readonly (number | null)[], b: readonly (number | null)[]): boolean {
  const fits = (size: number | null, i: number): boolean =>
    size === null || b[i] === null || size === b[i];
  return a.length === b.length && a.every(fits);
}

/**
 * Throws unless a teacher takes these images.
 *
 * @param whose what the error calls whoever has them, such as `data.train has`
 */
export function checkTeacherInput(
  { name, inputShape }: Teacher,
  shape: readonly (number | null)[],
  whose: string,
): void {
  if (inputShape === undefined || shapesAgree(inputShape, shape)) return;
  const text = (sizes: readonly (number | null)[]): string =>
    `[${sizes.map((size) => size ?? 'any').join(', ')}]`;
  throw new RangeError(
    `teacher: '${name}' takes images of ${text(inputShape)}, ${whose} ${text(shape)}; takes a teacher built for the same images`,
  );
}
