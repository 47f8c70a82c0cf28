/**
 * Lets the event loop turn where the last turn is over 40 ms ago. Awaiting tensors of a synchronous backend never
 * gets that far by itself: without this, Ctrl-C, timers and the page would wait for the end of the training.
 */
export function breather(): () => Promise<void> {
  let last = performance.now();
  return async () => {
    if (performance.now() - last < 40) return;
    await new Promise<void>((resolve) => {
      // setImmediate is Node's and costs microseconds; browsers hold a timer back by 4 ms at most.
      if (typeof setImmediate === 'function') setImmediate(resolve);
      else setTimeout(resolve, 0);
    });
    last = performance.now();
  };
}
