// How tests start a program of this repository.

/**
 * What Node.js takes before a program's path: of the packages it imports what is built, where all was just built, as in
 * `npm test`, which starts in half the time; else their source. The program itself may be TypeScript.
 */
export const nodeFlags = [
  ...(process.env.MNET_BUILT === '1' ? [] : ['--conditions=@mnet/source']),
  '--import',
  import.meta.resolve('tsx'),
];
