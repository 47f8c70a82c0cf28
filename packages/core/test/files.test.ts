import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs, { existsSync, readdirSync, readFileSync } from 'node:fs';
import fsPromises, { mkdir, symlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import {
  bytes,
  digest,
  digestOfFile,
  digestOfStream,
  FileError,
  fileSystemError,
  kindOf,
  nodeModules,
  readWhole,
  sha256,
  sizeOfFile,
  sizeToWriteOn,
  targetOfTemporary,
  tryNodeModules,
  writeTogether,
  writeWhole,
  writeWholeSync,
} from '@mnet/core/files';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { failure, temporaryFolder } from './helpers/files.ts';

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

const systemError = (code: string): Error => Object.assign(new Error(`${code}: no`), { code });

describe.each([
  ['writeWhole', writeWhole],
  ['writeWholeSync', async (...args: Parameters<typeof writeWholeSync>) => writeWholeSync(...args)],
])('%s', (_, write) => {
  test('replaces a file, makes folders, and leaves nothing beside it', async () => {
    const dir = join(await temporaryFolder(), 'a', 'b');
    const file = join(dir, 'config.json');
    await write(file, 'one');
    await write(file, ['twö', new TextEncoder().encode('3'), '']);
    expect(readFileSync(file, 'utf8')).toBe('twö3');
    await write(file, Uint8Array.of(0, 255));
    expect([...readFileSync(file)]).toEqual([0, 255]);
    expect(readdirSync(dir)).toEqual(['config.json']);
  });

  test('names the file that cannot be written', async () => {
    const dir = await temporaryFolder();
    await writeFile(join(dir, 'plain'), '');
    const below = join(dir, 'plain', 'config.json');
    const error = await failure(write(below, 'one'));
    expect(error).toMatchObject({ code: 'io', path: below });
    expect(error.message).toMatch(/config\.json: could not be written: E(EXIST|NOTDIR)/);
    // A folder has its name: the temporary file is there by then, and goes.
    await mkdir(join(dir, 'taken', 'full'), { recursive: true });
    expect((await failure(write(join(dir, 'taken'), 'one'))).path).toBe(join(dir, 'taken'));
    expect(readdirSync(dir).toSorted()).toEqual(['plain', 'taken']);
  });
});

describe('what is on the disk', () => {
  /** Notes what is flushed and renamed, in order. */
  function watch(): string[] {
    const seen: string[] = [];
    const open = fsPromises.open;
    vi.spyOn(fsPromises, 'open').mockImplementation(async (path, flags) => {
      const handle = await open(path, flags);
      const sync = handle.sync.bind(handle);
      handle.sync = async () => {
        const name = basename(String(path));
        seen.push(`flush ${targetOfTemporary(name) ?? name}`);
        await sync();
      };
      return handle;
    });
    const rename = fsPromises.rename;
    vi.spyOn(fsPromises, 'rename').mockImplementation(async (from, to) => {
      seen.push(`name ${basename(String(to))}`);
      await rename(from, to);
    });
    return seen;
  }

  test('is the content before the name, and the names before the one that refers to them', async () => {
    const dir = await temporaryFolder();
    const seen = watch();
    const files = ['a.bin', 'b.bin', 'model.json'];
    await writeTogether(files.map((name) => ({ path: join(dir, name), content: name })));
    const folder = `flush ${basename(dir)}`;
    expect(seen).toEqual([
      ...files.map((name) => `flush ${name}`),
      'name a.bin',
      'name b.bin',
      folder,
      'name model.json',
      folder,
    ]);
    expect(readdirSync(dir)).toEqual(files);
  });

  test('is the same at once', async () => {
    const dir = await temporaryFolder();
    const seen: string[] = [];
    const names = new Map<number, string>();
    const { openSync, fsyncSync, renameSync } = fs;
    vi.spyOn(fs, 'openSync').mockImplementation((path, flags) => {
      const descriptor = openSync(path, flags);
      names.set(descriptor, basename(String(path)));
      return descriptor;
    });
    vi.spyOn(fs, 'fsyncSync').mockImplementation((descriptor) => {
      const name = names.get(descriptor)!;
      seen.push(`flush ${targetOfTemporary(name) ?? name}`);
      fsyncSync(descriptor);
    });
    vi.spyOn(fs, 'renameSync').mockImplementation((from, to) => {
      seen.push(`name ${basename(String(to))}`);
      renameSync(from, to);
    });
    writeWholeSync(join(dir, 'a.txt'), 'a');
    expect(seen).toEqual(['flush a.txt', 'name a.txt', `flush ${basename(dir)}`]);
  });

  test('a folder that cannot be flushed is passed over, a fault of the disk is not', async () => {
    const dir = await temporaryFolder();
    const open = fsPromises.open;
    let fault = systemError('EISDIR');
    vi.spyOn(fsPromises, 'open').mockImplementation(async (path, flags) => {
      if (path === dir) throw fault;
      return open(path, flags);
    });
    const { openSync } = fs;
    vi.spyOn(fs, 'openSync').mockImplementation((path, flags) => {
      if (path === dir) throw fault;
      return openSync(path, flags);
    });
    const file = join(dir, 'a.txt');
    await writeWhole(file, 'a');
    writeWholeSync(file, 'b');
    fault = systemError('EIO');
    expect((await failure(writeWhole(file, 'c'))).message).toContain('could not be written: EIO');
    expect(() => writeWholeSync(file, 'd')).toThrow('could not be written: EIO');
  });

  test('a full disk has a code of its own', async () => {
    const dir = await temporaryFolder();
    vi.spyOn(fsPromises, 'open').mockRejectedValue(systemError('ENOSPC'));
    expect((await failure(writeWhole(join(dir, 'a.txt'), 'a'))).code).toBe('disk-full');
  });
});

test.each([
  ['model.json.0123456789ab.tmp', 'model.json'],
  // What earlier versions wrote: the number of a process.
  ['config.json.4711.tmp', 'config.json'],
  ['config.json', undefined],
  ['notes.tmp', undefined],
  ['.12.tmp', undefined],
])('%s is what %s was to become', (name, target) => {
  expect(targetOfTemporary(name)).toBe(target);
});

describe('digests', () => {
  const parts = ['grüße', Uint8Array.of(0, 1, 2), ''];
  const whole = Buffer.concat(parts.map((part) => Buffer.from(part as string)));
  const expected = (algorithm: string): string => createHash(algorithm).update(whole).digest('hex');

  test.each(['md5', 'sha256'] as const)('%s is the same with and without Node.js', (algorithm) => {
    const run = (): string => {
      const hash = digest(algorithm);
      for (const part of parts) hash.update(part);
      return hash.hex();
    };
    expect(run()).toBe(expected(algorithm));
    vi.stubGlobal('process', undefined);
    expect(run()).toBe(expected(algorithm));
  });

  test('of parts, of a stream and of a file', async () => {
    expect(sha256(parts)).toBe(expected('sha256'));
    expect(await digestOfStream('md5', new Blob([whole]).stream())).toBe(expected('md5'));
    const file = join(await temporaryFolder(), 'a.bin');
    await writeFile(file, whole);
    const seen: number[][] = [];
    const watched = {
      onProgress: (loaded: number, total: number) => void seen.push([loaded, total]),
    };
    expect(await digestOfFile('sha256', file, watched)).toEqual({
      hex: expected('sha256'),
      bytes: whole.length,
    });
    expect(seen).toEqual([[whole.length, whole.length]]);
    await expect(
      digestOfFile('md5', file, { signal: AbortSignal.abort(new Error('enough')) }),
    ).rejects.toThrow('enough');
    expect((await failure(digestOfFile('md5', `${file}x`))).code).toBe('missing');
  });
});

describe('what stands at a path', () => {
  test('is told before it is opened', async () => {
    const dir = await temporaryFolder();
    const file = join(dir, 'a.bin');
    await writeFile(file, 'abc');
    expect([await kindOf(file), await kindOf(dir), await kindOf(`${file}x`)]).toEqual([
      'file',
      'folder',
      undefined,
    ]);
    expect([await sizeOfFile(file), await sizeToWriteOn(file)]).toEqual([3, 3]);
    expect(await sizeToWriteOn(`${file}x`)).toBe(0);
    expect((await failure(sizeOfFile(`${file}x`))).message).toMatch(/there is no such file$/);
    for (const size of [sizeOfFile, sizeToWriteOn]) {
      expect((await failure(size(dir))).message).toMatch(/is a folder, takes a file/);
    }
    expect((await failure(kindOf(join(file, 'below')))).message).toContain('ENOTDIR while looking');
  });

  // Windows has no such things in folders.
  test.skipIf(process.platform === 'win32')(
    'may be a link to nothing, a pipe or a device',
    async () => {
      const dir = await temporaryFolder();
      const link = join(dir, 'link');
      await symlink(join(dir, 'nowhere'), link);
      expect((await failure(kindOf(link))).message).toMatch(
        /is a link to .*nowhere, which is not there/,
      );
      const pipe = join(dir, 'pipe');
      execFileSync('mkfifo', [pipe]);
      for (const look of [kindOf, sizeOfFile, sizeToWriteOn, readWhole]) {
        expect((await failure(look(pipe))).message).toMatch(/is a pipe, takes a file/);
      }
      expect((await failure(readWhole('/dev/zero'))).message).toContain('is a device');
      expect(await sizeToWriteOn('/dev/null')).toBe(0);
    },
  );

  test('is read up to a limit', async () => {
    const file = join(await temporaryFolder(), 'a.bin');
    await writeFile(file, 'abc');
    expect([...(await readWhole(file, 3))]).toEqual([97, 98, 99]);
    const error = await failure(readWhole(file, 2));
    expect(error).toMatchObject({ code: 'size', what: '3 bytes, over the limit of 2 bytes' });
    const reason = new Error('enough');
    await expect(readWhole(file, 3, AbortSignal.abort(reason))).rejects.toBe(reason);
    vi.spyOn(fsPromises, 'readFile').mockRejectedValue(systemError('EIO'));
    expect((await failure(readWhole(file))).message).toContain('EIO while reading');
  });
});

describe('errors of the file system', () => {
  test.each([
    ['ENOSPC', 'disk-full', 'Free some space'],
    ['EROFS', 'io', 'Choose a folder that you may write to'],
    ['EBUSY', 'io', 'EBUSY while unpacking'],
  ])('%s is told with the file', (code, kind, message) => {
    const cause = systemError(code);
    const error = fileSystemError(cause, 'data/a.bin', 'unpacking') as FileError;
    expect(error).toBeInstanceOf(FileError);
    expect(error).toMatchObject({ name: 'FileError', code: kind, path: 'data/a.bin', cause });
    expect(error.message).toBe(`data/a.bin: ${error.what}`);
    expect(error.message).toContain(message);
  });

  test('what is none stays as it is', () => {
    const error = new RangeError('mine');
    expect(fileSystemError(error, 'a', 'reading')).toBe(error);
    expect(fileSystemError(undefined, 'a', 'reading')).toBeUndefined();
  });
});

test('bytes are counted in English', () => {
  expect([bytes(0), bytes(1), bytes(30_730_000)]).toEqual([
    '0 bytes',
    '1 byte',
    '30,730,000 bytes',
  ]);
});

describe("Node's modules", () => {
  test('are those of this process', () => {
    expect(nodeModules('a').fs).toBe(fs);
    expect(existsSync(nodeModules('a').url.fileURLToPath(import.meta.url))).toBe(true);
  });

  test.each([[undefined], [{}]])(
    'are absent where process is %j, and whoever needs them says so',
    (none) => {
      vi.stubGlobal('process', none);
      expect(tryNodeModules()).toBeUndefined();
      expect(() => nodeModules('run')).toThrow(
        /^run: needs Node\.js 20\.19 or newer, there is no file system here$/,
      );
      expect(() => nodeModules('run', 'leave it out')).toThrow(/here; leave it out$/);
      expect(() => writeWholeSync('a', '')).toThrow('files: needs Node.js');
    },
  );
});
