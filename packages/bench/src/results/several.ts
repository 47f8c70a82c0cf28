/** Whether values differ. */
export function several(values: readonly unknown[]): boolean {
  return new Set(values).size > 1;
}
