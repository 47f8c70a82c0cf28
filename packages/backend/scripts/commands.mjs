// Reads kernels/commands.def, and writes src/generated/commands.ts: the kernels' codes, what a launch of each takes, and
// the functions that write a command.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';

/** Words of a command before its own: its code and its number of chunks. */
const HEAD = 2;

const camel = (name) => name.replaceAll(/_(\w)/g, (_, letter) => letter.toUpperCase());

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
  INT: 'number',
  FLOAT: 'number',
  FLAG: 'boolean',
  WORDS: 'ArrayLike<number>',
};

const writes = {
  BLOCK: (at, name) => `ints[at + ${at}] = c.${name} / 4;`,
  INT: (at, name) => `ints[at + ${at}] = c.${name};`,
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
export function commandsSource({ groups, commands }) {
  const interfaces = [...groups].map(
    ([name, list]) =>
      `export interface ${title(name)} {\n${list.map(([kind, n]) => `  ${n}: ${types[kind]};\n`).join('')}}\n`,
  );
  const flat = (list) =>
    list.flatMap((word) => (word[1] === undefined ? groups.get(word[0]) : [word]));
  const writer = ({ name, words: list }, code) => {
    const lines = flat(list).map(([kind, n], i) => writes[kind](HEAD + i, n));
    const floats = lines.some((line) => line.startsWith('floats')) ? 'floats' : '_floats';
    return `  ${name}: (ints, ${floats}, at, c) => {\n    ints[at] = ${code};\n${lines.map((line) => `    ${line}\n`).join('')}  },\n`;
  };
  return `// Written by scripts/build-kernels.mjs from kernels/commands.def; do not edit.

${interfaces.join('\n')}
/** What a launch of each kernel takes; of a block its address in bytes, 0 for none. */
export interface Commands {
${commands.map(({ name, words: list }) => `  ${name}: ${fields(list)};\n`).join('')}}

/** Name of a kernel. */
export type KernelName = keyof Commands;

/** The kernels' codes. */
export const codes: Readonly<Record<KernelName, number>> = {
${commands.map(({ name }, code) => `  ${name}: ${code},\n`).join('')}};

/** Write a command's code and its own words, at its place among the queue's. */
export const writers: {
  readonly [K in KernelName]: (ints: Int32Array, floats: Float32Array, at: number, c: Commands[K]) => void;
} = {
${commands.map(writer).join('')}};
`;
}

/** Writes the file. */
export function writeCommands() {
  const at = (path) => new URL(`../${path}`, import.meta.url);
  mkdirSync(at('src/generated/'), { recursive: true });
  writeFileSync(
    at('src/generated/commands.ts'),
    commandsSource(readCommands(readFileSync(at('kernels/commands.def'), 'utf8'))),
  );
}
