// What a program has written, for what is loaded before it: on every machine it then stops at the same place.

/** Calls `then` once, right after what was written to stdout matches the pattern. */
export function onceWritten(pattern, then) {
  const wanted = new RegExp(pattern);
  const write = process.stdout.write.bind(process.stdout);
  let said = '';
  let matched = false;
  process.stdout.write = (text) => {
    said += text;
    const written = write(text);
    if (!matched && wanted.test(said)) {
      matched = true;
      then();
    }
    return written;
  };
}
