// Programs in this process, for tests of what they say: their start, a few seconds of it, is saved.

/** @type {NodeJS.EventEmitter[]} */
const emitters = [process, process.stdout, process.stderr];
const events = ['SIGINT', 'SIGTERM', 'SIGHUP', 'error'];

/**
 * Runs a job whose listeners for signals and for the end of its reader go with it.
 *
 * @param job what may listen
 * @returns what it gives
 */
export async function withoutListeners(job) {
  const all = () =>
    emitters.flatMap((emitter) =>
      events.flatMap((name) =>
        emitter.listeners(name).map((listener) => ({ emitter, name, listener })),
      ),
    );
  const before = new Set(all().map(({ listener }) => listener));
  try {
    return await job();
  } finally {
    for (const { emitter, name, listener } of all()) {
      if (!before.has(listener)) emitter.off(name, listener);
    }
  }
}

/**
 * Runs a program in this process. No signal can be sent to it.
 *
 * @param program runs it to its end and leaves its exit code in `process.exitCode`
 * @param cwd the folder that it runs in
 * @returns what it said, and its exit code
 */
export async function runHere(program, cwd = process.cwd()) {
  const outcome = { status: 0, stdout: '', stderr: '' };
  const add =
    (stream, end = '') =>
    (text = '') => {
      outcome[stream] += `${text}${end}`;
      return true;
    };
  const before = process.cwd();
  const restore = [
    replace(process.stdout, { write: add('stdout') }),
    replace(process.stderr, { write: add('stderr') }),
    replace(console, {
      log: add('stdout', '\n'),
      warn: add('stderr', '\n'),
      error: add('stderr', '\n'),
    }),
  ];
  process.chdir(cwd);
  process.exitCode = 0;
  try {
    await withoutListeners(program);
    return { ...outcome, status: process.exitCode };
  } finally {
    process.exitCode = 0;
    process.chdir(before);
    for (const each of restore) each();
  }
}

/** Puts functions in the place of an object's, and gives what puts those back. */
function replace(object, functions) {
  const before = Object.keys(functions).map((name) => [
    name,
    Object.getOwnPropertyDescriptor(object, name),
  ]);
  Object.assign(object, functions);
  return () => {
    for (const [name, own] of before) {
      if (own) Object.defineProperty(object, name, own);
      else delete object[name];
    }
  };
}
