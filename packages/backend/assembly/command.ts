// A command: what one launch tells every thread. 64 words of four bytes: the operation's code, the number of
// chunks, and its arguments. The same layout is in src/runtime/commands.ts.

/** Word i as an integer. */
// @ts-ignore: decorator
@inline
export function int(command: usize, i: i32): i32 {
  return load<i32>(command + (<usize>i << 2));
}

/** Word i as a pointer. */
// @ts-ignore: decorator
@inline
export function ptr(command: usize, i: i32): usize {
  return <usize>load<u32>(command + (<usize>i << 2));
}

/** Word i as a float. */
// @ts-ignore: decorator
@inline
export function float(command: usize, i: i32): f32 {
  return load<f32>(command + (<usize>i << 2));
}

/** Bytes of n floats. */
// @ts-ignore: decorator
@inline
export function bytes(n: i32): usize {
  return <usize>n << 2;
}

/** Where chunk i of n equal chunks of `count` items begins; chunk i ends where i + 1 begins. */
// @ts-ignore: decorator
@inline
export function startOf(i: i32, n: i32, count: i32): i32 {
  return <i32>((<i64>i * <i64>count) / <i64>n);
}
