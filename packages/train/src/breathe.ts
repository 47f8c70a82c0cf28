/** One turn of the event loop. */
const turn: () => Promise<void> =
  typeof setImmediate === 'function'
    ? () =>
        new Promise((resolve) => {
          setImmediate(resolve);
        })
    : () =>
        // Browsers hold a timer back by 4 ms, and by a second or a minute in a tab that is not looked at; a message
        // costs microseconds in both.
        new Promise((resolve) => {
          const { port1, port2 } = new MessageChannel();
          port1.addEventListener('message', () => {
            port1.close();
            resolve();
          });
          port1.start();
          port2.postMessage(undefined);
        });

/**
 * Lets the event loop turn where the last turn is over 40 ms ago. Awaiting tensors of a synchronous backend never
 * gets that far by itself: without this, Ctrl-C, timers, the page and workers that start would wait for the end of
 * the training.
 */
export function breather(): () => Promise<void> {
  let last = performance.now();
  return async () => {
    if (performance.now() - last < 40) return;
    await turn();
    last = performance.now();
  };
}
