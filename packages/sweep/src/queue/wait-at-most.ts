/** For how long a worker that ends waits for a queue that is away, in milliseconds. */
export const farewell = 5000;

/** Waits for a promise, but no longer. */
export async function waitAtMost(promise: Promise<unknown>, milliseconds: number): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<void>((end) => (timer = setTimeout(end, milliseconds)));
  await Promise.race([promise.catch(() => {}), late]);
  clearTimeout(timer);
}
