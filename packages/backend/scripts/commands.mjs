// From kernels/commands.def and kernels/shared.h to the text of src/generated/commands.ts: the kernels' codes, what a launch of
// each takes, the functions that write a command, and the numbers that both sides know.

const camel = (name) => name.replaceAll(/_(\w)/g, (_, letter) => letter.toUpperCase());

/** What shared.h says: numbers by name, and the names of each enumeration in their order. */
export function readShared(text) {
  const numbers = [...text.matchAll(/^#define ([A-Z_]+) (\d+)$/gm)].map(([, name, value]) => [
    name,
    Number(value),
  ]);
  const enums = [...text.matchAll(/^enum (\w+) \{ (.+) \};$/gm)].map(([, name, list]) => [
    camel(name),
    list.split(', ').map((each) => camel(each.toLowerCase())),
  ]);
  return { numbers: Object.fromEntries(numbers), enums };
}

/** `BLOCK(x) INT(n)` as [['BLOCK', 'x'], ['INT', 'n']]; the names of macros stay as they are: ['WINDOW']. */
const words = (text) =>
  [...text.matchAll(/([A-Z]+)(?:\((\w+)\))?/g)].map(([, kind, name]) =>
    name === undefined ? [kind] : [kind, camel(name)],
  );

/** What commands.def says: the groups that several commands share, and the commands in order. */
export function readCommands(text) {
  const plain = text.replaceAll(/\/\/.*$/gm, '').replaceAll(/\\\n/g, ' ');
  const groups = new Map(
    [...plain.matchAll(/^#define ([A-Z]+) (.+)$/gm)].map(([, name, body]) => [name, words(body)]),
  );
  const commands = plain
    .replaceAll(/^#define .*$/gm, '')
    .split(/\bCOMMAND\(/)
    .slice(1)
    .map((part) => {
      const [, name, body] = /^(\w+),\s*([\s\S]*)\)\s*$/.exec(part);
      return { name: camel(name), words: words(body) };
    });
  return { groups, commands };
}

const types = {
  BLOCK: 'number',
  WRITTEN: 'number',
  TABLE: 'number',
  INT: 'number',
  FLOAT: 'number',
  FLAG: 'boolean',
  WORDS: 'ArrayLike<number>',
};

const writes = {
  BLOCK: (at, name) => `ints[at + ${at}] = c.${name} / 4;`,
  WRITTEN: (at, name) => writes.BLOCK(at, name),
  TABLE: (at, name) => writes.BLOCK(at, name),
  INT: (at, name) => `ints[at + ${at}] = intWord(c.${name});`,
  FLOAT: (at, name) => `floats[at + ${at}] = c.${name};`,
  FLAG: (at, name) => `ints[at + ${at}] = c.${name} ? 1 : 0;`,
  WORDS: (at, name) => `ints.set(c.${name}, at + ${at});`,
};

const title = (group) => group[0] + group.slice(1).toLowerCase();

function fields(list) {
  const own = list.filter(([, name]) => name !== undefined);
  const shared = list.filter(([, name]) => name === undefined).map(([group]) => title(group));
  const body = own.map(([kind, name]) => `${name}: ${types[kind]}`).join('; ');
  return [...(own.length > 0 ? [`{ ${body} }`] : []), ...shared].join(' & ');
}

/** The text of src/generated/commands.ts. */
export function commandsSource({ groups, commands }, { numbers, enums }) {
  const interfaces = [...groups].map(
    ([name, list]) =>
      `export interface ${title(name)} {\n${list.map(([kind, n]) => `  ${n}: ${types[kind]};\n`).join('')}}\n`,
  );
  const flat = (list) =>
    list.flatMap((word) => (word[1] === undefined ? groups.get(word[0]) : [word]));
  const writer = ({ name, words: list }, code) => {
    const lines = flat(list).map(([kind, n], i) => writes[kind](numbers.HEAD_WORDS + i, n));
    const floats = lines.some((line) => line.startsWith('floats')) ? 'floats' : '_floats';
    return `  ${name}: (ints, ${floats}, at, c) => {\n    ints[at] = ${code};\n${lines.map((line) => `    ${line}\n`).join('')}  },\n`;
  };
  const placesOf =
    (...kinds) =>
    ({ name, words: list }) => {
      const places = flat(list).flatMap(([kind], i) =>
        kinds.includes(kind) ? [numbers.HEAD_WORDS + i] : [],
      );
      return `  ${name}: [${places.join(', ')}],\n`;
    };
  const constants = Object.entries(numbers).map(([name, n]) => `export const ${name} = ${n};\n`);
  const codesOf = ([name, list]) =>
    `export const ${name} = {\n${list.map((each, i) => `  ${each}: ${i},\n`).join('')}} as const;\n`;
  return `// Written by scripts/build-kernels.mjs from kernels/commands.def and kernels/shared.h; do not edit.

${constants.join('')}
${enums.map(codesOf).join('\n')}
${interfaces.join('\n')}
/** What a launch of each kernel takes; of a block its address in bytes, 0 for none. */
export interface Commands {
${commands.map(({ name, words: list }) => `  ${name}: ${fields(list)};\n`).join('')}}

/** Name of a kernel. */
export type KernelName = keyof Commands;

/** The kernels' codes. */
export const codes: Readonly<Record<KernelName, number>> = {
${commands.map(({ name }, code) => `  ${name}: ${code},\n`).join('')}};

/** Which words of a command say where a block lies. */
export const blockWords: Readonly<Record<KernelName, readonly number[]>> = {
${commands.map(placesOf('BLOCK', 'WRITTEN', 'TABLE')).join('')}};

/** Which of them it writes. */
export const writtenWords: Readonly<Record<KernelName, readonly number[]>> = {
${commands.map(placesOf('WRITTEN')).join('')}};

/** Which of them are tables, whose blocks it may write. */
export const tableWords: Readonly<Record<KernelName, readonly number[]>> = {
${commands.map(placesOf('TABLE')).join('')}};

/** A number as a word, which must hold it: its lowest bits would be another, and elements never computed. */
function intWord(value: number): number {
  if (value >= -(2 ** 31) && value < 2 ** 31) return value;
  throw new RangeError(\`got \${value}, takes numbers from −2^31 to 2^31 − 1\`);
}

/** Write a command's code and its own words, at its place among the queue's; they throw where a word does not hold a number. */
export const writers: {
  readonly [K in KernelName]: (ints: Int32Array, floats: Float32Array, at: number, c: Commands[K]) => void;
} = {
${commands.map(writer).join('')}};
`;
}
