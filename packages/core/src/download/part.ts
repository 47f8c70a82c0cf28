import { kindOf, sizeToWriteOn } from '../files/kind.ts';
import { nodeModules } from '../files/node.ts';
import { readWhole } from '../files/read.ts';
import { renameFlushed, writeWhole } from '../files/write.ts';

/** What is known of the version of the file that a part is of. */
export interface PartNote {
  /** Its strong ETag or date, for If-Range. */
  readonly validator?: string | undefined;
  /** Size of the whole, where the server said it. */
  readonly bytes?: number | undefined;
  /** SHA-256 that the server published. */
  readonly sha256?: string | undefined;
}

/**
 * The bytes of a file that is not whole yet, in `path.part`. Where no digest will tell at the end whether parts of two
 * versions were put together, `path.part.json` notes of which version they are.
 */
export class Part {
  readonly path: string;
  private readonly whole: string;
  private readonly notePath: string | undefined;
  note: PartNote = {};

  constructor(whole: string, noted: boolean) {
    this.whole = whole;
    this.path = `${whole}.part`;
    this.notePath = noted ? `${this.path}.json` : undefined;
  }

  /** Takes up what an earlier run left. */
  async takeUp(): Promise<void> {
    if (this.notePath !== undefined) this.note = await readNote(this.notePath);
    await this.letGo();
  }

  /** Removes a part that nothing can be added to. */
  async letGo(): Promise<void> {
    if (!this.canGrow) await this.remove();
  }

  /** Bytes that are there to go on from. */
  async size(): Promise<number> {
    return this.canGrow ? sizeToWriteOn(this.path) : 0;
  }

  /** Whether something would tell if the rest were another version's. */
  private get canGrow(): boolean {
    const { validator, sha256 } = this.note;
    return this.notePath === undefined || validator !== undefined || sha256 !== undefined;
  }

  /** Begins the file anew: empties the part before the note says that it is of another version. */
  async begin(note: PartNote): Promise<void> {
    const { fsPromises: fs } = nodeModules('download');
    await (await fs.open(this.path, 'w')).close();
    this.note = note;
    if (this.notePath !== undefined) await writeWhole(this.notePath, JSON.stringify(note));
  }

  async remove(): Promise<void> {
    const { fsPromises: fs } = nodeModules('download');
    await fs.rm(this.path, { force: true });
    if (this.notePath !== undefined) await fs.rm(this.notePath, { force: true });
    this.note = {};
  }

  /** Gives the file its name. */
  async finish(): Promise<void> {
    const { fsPromises: fs } = nodeModules('download');
    await renameFlushed(this.path, this.whole);
    if (this.notePath !== undefined) await fs.rm(this.notePath, { force: true });
  }
}

async function readNote(path: string): Promise<PartNote> {
  if ((await kindOf(path)) !== 'file') return {};
  try {
    const { validator, bytes, sha256 } = JSON.parse(
      new TextDecoder().decode(await readWhole(path, 10_000)),
    ) as Record<string, unknown>;
    return {
      ...(typeof validator === 'string' && { validator }),
      ...(Number.isSafeInteger(bytes) && { bytes: bytes as number }),
      ...(typeof sha256 === 'string' && /^[0-9a-f]{64}$/.test(sha256) && { sha256 }),
    };
  } catch {
    // Not one of ours: as if there were none.
    return {};
  }
}
