// How tests start a program of this repository.

const built = process.env.MNET_BUILT === '1';

/**
 * What Node.js takes before a program's path: of the packages it imports what is built, where all was just built, as in
 * `npm test`, which starts in half the time; else their source. The program itself may be TypeScript.
 */
export const nodeFlags = [
  ...(built ? [] : ['--conditions=@mnet/source']),
  '--import',
  import.meta.resolve('tsx'),
];

/**
 * What Node.js takes to start the program of an example.
 *
 * @param folder the example's, with a slash at its end
 */
export function exampleWords(folder) {
  return built ? [`${folder}dist/main.js`] : [...nodeFlags, `${folder}src/main.ts`];
}
