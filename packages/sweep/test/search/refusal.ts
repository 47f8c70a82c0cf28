/** The message of the error that is thrown, a TypeError, RangeError or Error; undefined where there is none. */
export function refusal(act: () => unknown): string | undefined {
  try {
    act();
  } catch (error) {
    return (error as Error).message;
  }
  return undefined;
}
