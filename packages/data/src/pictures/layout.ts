import { compareNames, isIgnored, isPictureName } from './names.ts';
import type { UnreadablePicture } from './unreadable.ts';

/** The three parts of a data set. */
export type Part = 'train' | 'validation' | 'test';

/** One picture, where it belongs, and what it shows. */
export interface Placed<T> {
  readonly path: string;
  readonly file: T;
  /** Absent where folders do not say it. */
  readonly part?: Part;
  readonly label: number;
}

/** How the pictures of a folder are ordered into classes and parts. */
export interface Layout<T> {
  readonly classes: readonly string[];
  /** In an order that follows from the names alone. */
  readonly pictures: readonly Placed<T>[];
  /** The parts that have folders of their own; none where the classes' folders are the first. */
  readonly parts: ReadonlySet<Part>;
  /** Files in the classes' folders that are no pictures by their names. */
  readonly others: readonly UnreadablePicture[];
}

/** What was found below the folder, with names as they are there, folders apart by `/`. */
export interface Listing<T> {
  /** The folder itself, in messages. */
  readonly where: string;
  readonly files: ReadonlyMap<string, T>;
  /** Also the empty ones. */
  readonly folders: Iterable<string>;
}

const partOf: Readonly<Record<string, Part>> = {
  train: 'train',
  val: 'validation',
  valid: 'validation',
  validation: 'validation',
  test: 'test',
};

interface Folder<T> {
  readonly path: string;
  readonly folders: Map<string, Folder<T>>;
  readonly files: Map<string, T>;
}

/**
 * Orders pictures into classes, one folder each, as torchvision's `ImageFolder` does: the classes are sorted by name,
 * and folders within a class's belong to it. Where there is a folder `train` that holds folders and no pictures, it and
 * `val` (`valid`, `validation`) and `test` are the parts, and hold the classes' folders.
 *
 * @throws Error if no, one or an empty class comes of it, or the folders can be understood in two ways.
 */
export function layOut<T>(listing: Listing<T>): Layout<T> {
  const { where } = listing;
  const root = treeOf(listing);
  const stray = [...root.files.keys()].filter(isPictureName).toSorted(compareNames);
  if (stray.length > 0) {
    throw new Error(
      `${where}: ${list(stray)} ${stray.length === 1 ? 'stands' : 'stand'} in no class's folder, takes one folder a class, such as ${where}/cat/1.jpg`,
    );
  }
  const parts = partFolders(root, where);
  const first = parts.get('train') ?? root;
  const classes = classNames(first, where);
  const pictures: Placed<T>[] = [];
  const others: UnreadablePicture[] = [];
  for (const [part, folder] of parts.size > 0 ? parts : [[undefined, root] as const]) {
    for (const name of [...folder.folders.keys()].toSorted(compareNames)) {
      const label = classes.indexOf(name);
      if (label < 0) {
        throw new Error(
          `${where}: ${folder.path}/${name} is no class of ${first.path}, which has ${list(classes)}`,
        );
      }
      const before = pictures.length;
      for (const [path, file] of filesIn(folder.folders.get(name)!)) {
        if (isPictureName(path)) {
          pictures.push({ path, file, label, ...(part === undefined ? {} : { part }) });
        } else {
          others.push({ path, reason: 'is no .jpg, .jpeg, .png or .webp by its name' });
        }
      }
      if (pictures.length === before && folder === first) {
        throw new Error(
          `${where}: the class '${name}' has no pictures; takes at least one in each class's folder, or remove the folder`,
        );
      }
    }
  }
  return { classes, pictures, parts: new Set(parts.keys()), others };
}

/** The folders of the parts; none where the folders are classes. */
function partFolders<T>(root: Folder<T>, where: string): Map<Part, Folder<T>> {
  const parts = new Map<Part, Folder<T>>();
  const names = [...root.folders.keys()];
  const holding = names.filter((name) => {
    const { folders, files } = root.folders.get(name)!;
    const pictures = [...files.keys()].some(isPictureName);
    return partOf[name.toLowerCase()] !== undefined && folders.size > 0 && !pictures;
  });
  if (holding.length === 0) return parts;
  if (!holding.some((name) => partOf[name.toLowerCase()] === 'train')) {
    throw new Error(
      `${where}: ${list(holding)} ${holding.length === 1 ? 'holds' : 'hold'} folders of classes, but there is no such folder 'train' beside; takes train/, val/ and test/ with the classes in each, or one folder a class`,
    );
  }
  for (const name of names) {
    const part = partOf[name.toLowerCase()];
    if (part === undefined || parts.has(part)) {
      const reason = part === undefined ? '' : ', which is there twice';
      throw new Error(
        `${where}: got the folder '${name}' beside train/ with its folders of classes${reason}; takes train/, val/ and test/ with the classes in each, or one folder a class`,
      );
    }
    const folder = root.folders.get(name)!;
    const stray = [...folder.files.keys()].filter(isPictureName).toSorted(compareNames);
    if (stray.length > 0) {
      throw new Error(
        `${where}: ${list(stray.map((file) => `${folder.path}/${file}`))} in no class's folder, takes ${folder.path}/CLASS/${stray[0]}`,
      );
    }
    parts.set(part, folder);
  }
  return parts;
}

function classNames<T>({ folders, path }: Folder<T>, where: string): string[] {
  const names = [...folders.keys()].toSorted(compareNames);
  if (names.length === 0) {
    throw new Error(
      `${where}: got no folders${path === '' ? '' : ` in ${path}`}, takes one folder a class, such as ${where}/cat/1.jpg`,
    );
  }
  if (names.length === 1) {
    throw new Error(`${where}: got one class, '${names[0]}', takes at least two, one folder each`);
  }
  return names;
}

/** All files in a folder and the folders within it, in the order of their composed paths. */
function filesIn<T>(folder: Folder<T>): [string, T][] {
  const all: [string, T][] = [];
  const collect = ({ path, files, folders }: Folder<T>): void => {
    for (const [name, file] of files) all.push([`${path}/${name}`, file]);
    for (const inner of folders.values()) collect(inner);
  };
  collect(folder);
  return all.toSorted(
    ([a], [b]) => compareNames(a.normalize('NFC'), b.normalize('NFC')) || compareNames(a, b),
  );
}

/**
 * The listing as a tree, without what is ignored. Names are compared as Unicode composes them: one system stores é as
 * one character, another as two.
 */
function treeOf<T>({ where, files, folders }: Listing<T>): Folder<T> {
  const empty = (path: string): Folder<T> => ({ path, folders: new Map(), files: new Map() });
  const root = empty('');
  const spelt = new Map<string, string>();
  const descend = (names: readonly string[]): Folder<T> | undefined => {
    let folder = root;
    for (const name of names) {
      if (isIgnored(name)) return undefined;
      const composed = name.normalize('NFC');
      const path = folder.path === '' ? composed : `${folder.path}/${composed}`;
      if ((spelt.get(path) ?? name) !== name) {
        throw new Error(
          `${where}: two folders are called '${path}', spelt with other characters; takes one of them`,
        );
      }
      spelt.set(path, name);
      const known = folder.folders.get(composed) ?? empty(path);
      folder.folders.set(composed, known);
      folder = known;
    }
    return folder;
  };
  for (const path of folders) descend(path.split('/'));
  for (const [path, file] of files) {
    const names = path.split('/');
    const name = names.pop()!;
    if (!isIgnored(name)) descend(names)?.files.set(name, file);
  }
  return root;
}

function list(names: readonly string[]): string {
  const shown = names.slice(0, 5).map((name) => `'${name}'`);
  return `${shown.join(', ')}${names.length > 5 ? ` and ${names.length - 5} more` : ''}`;
}
