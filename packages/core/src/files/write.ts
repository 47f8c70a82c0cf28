import { FileError, fileSystemError } from './errors.ts';
import { type NodeModules, nodeModules } from './node.ts';
import { temporaryName } from './temporary.ts';

/** What a file is to hold: text, which is written as UTF-8, or bytes; or several of them in sequence. */
export type FileContent = string | Uint8Array | readonly (string | Uint8Array)[];

/** A file to be written. */
export interface FileToWrite {
  readonly path: string;
  readonly content: FileContent;
}

/**
 * Writes a file so that a reader, or a later run after a crash, sees the old content or the new one, never a part: under
 * a temporary name in the same folder, flushed to the disk, then renamed, then the folder flushed. Missing folders are
 * made.
 *
 * @throws FileError that names the file; nothing stays of what was written
 */
export function writeWhole(path: string, content: FileContent): Promise<void> {
  return writeTogether([{ path, content }]);
}

/**
 * Writes several files, the last of which refers to the others: it gets its name when all of them are on the disk under
 * theirs. A process that dies on the way leaves the last one as it was.
 *
 * @throws FileError as {@link writeWhole}; files before the last may have their names already
 */
export async function writeTogether(files: readonly FileToWrite[]): Promise<void> {
  const { fsPromises: fs, path: paths } = nodeModules('files');
  const folders = [...new Set(files.map(({ path }) => paths.dirname(path)))];
  const temporaries: string[] = [];
  let path = '';
  try {
    for (const file of files) {
      ({ path } = file);
      await fs.mkdir(paths.dirname(path), { recursive: true });
      const temporary = temporaryName(path);
      temporaries.push(temporary);
      const handle = await fs.open(temporary, 'wx');
      try {
        for (const part of partsOf(file.content)) await handle.writeFile(part);
        await handle.sync();
      } finally {
        await handle.close();
      }
    }
    for (const [index, file] of files.entries()) {
      ({ path } = file);
      // Names reach the disk with their folders: those of the others before the one that refers to them.
      if (index > 0 && index === files.length - 1) await syncFolders(fs, folders);
      await fs.rename(temporaries[index]!, path);
    }
    await syncFolders(fs, folders);
  } catch (error) {
    await Promise.all(temporaries.map((name) => fs.rm(name, { force: true }).catch(() => {})));
    throw unwritten(error, path);
  }
}

/**
 * {@link writeWhole} at once, for what cannot wait for a promise.
 *
 * @throws FileError as {@link writeWhole}
 */
export function writeWholeSync(path: string, content: FileContent): void {
  const { fs, path: paths } = nodeModules('files');
  const temporary = temporaryName(path);
  try {
    fs.mkdirSync(paths.dirname(path), { recursive: true });
    const descriptor = fs.openSync(temporary, 'wx');
    try {
      for (const part of partsOf(content)) {
        const bytes = typeof part === 'string' ? new TextEncoder().encode(part) : part;
        for (let at = 0; at < bytes.length; ) {
          at += fs.writeSync(descriptor, bytes, at, bytes.length - at);
        }
      }
      fs.fsyncSync(descriptor);
    } finally {
      fs.closeSync(descriptor);
    }
    fs.renameSync(temporary, path);
    syncFolderSync(fs, paths.dirname(path));
  } catch (error) {
    try {
      fs.rmSync(temporary, { force: true });
    } catch {
      // A parent that is a file: nothing was written, and the first error is the one to tell.
    }
    throw unwritten(error, path);
  }
}

/**
 * Renames a file whose content is on the disk, and flushes its folder, so that the name is there too.
 *
 * @throws the file system's error
 */
export async function renameFlushed(from: string, to: string): Promise<void> {
  const { fsPromises: fs, path: paths } = nodeModules('files');
  await fs.rename(from, to);
  await syncFolders(fs, [paths.dirname(to)]);
}

function partsOf(content: FileContent): readonly (string | Uint8Array)[] {
  return typeof content === 'string' || content instanceof Uint8Array ? [content] : content;
}

/** Where folders cannot be opened or flushed, as on Windows, there is nothing to do; a fault of the disk is one. */
const unflushable = ['EISDIR', 'EPERM', 'EACCES', 'EINVAL', 'ENOTSUP', 'ENOSYS', 'EBADF'];

async function syncFolders(
  fs: NodeModules['fsPromises'],
  folders: readonly string[],
): Promise<void> {
  for (const folder of folders) {
    try {
      const handle = await fs.open(folder, 'r');
      try {
        await handle.sync();
      } finally {
        await handle.close();
      }
    } catch (error) {
      if (!unflushable.includes((error as { code?: string }).code ?? '')) throw error;
    }
  }
}

function syncFolderSync(fs: NodeModules['fs'], folder: string): void {
  try {
    const descriptor = fs.openSync(folder, 'r');
    try {
      fs.fsyncSync(descriptor);
    } finally {
      fs.closeSync(descriptor);
    }
  } catch (error) {
    if (!unflushable.includes((error as { code?: string }).code ?? '')) throw error;
  }
}

function unwritten(error: unknown, path: string): FileError {
  const told = fileSystemError(error, path, 'writing');
  const code = told instanceof FileError ? told.code : 'io';
  const { message } = error as Error;
  return new FileError(code, path, `could not be written: ${message}`, { cause: error });
}
