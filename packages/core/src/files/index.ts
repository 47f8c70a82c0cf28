export {
  digest,
  type Digest,
  type DigestAlgorithm,
  digestOfFile,
  digestOfStream,
  type DigestWatch,
  sha256,
} from './digest.ts';
export { bytes, FileError, type FileErrorCode, fileSystemError } from './errors.ts';
export { kindOf, sizeOfFile, sizeToWriteOn } from './kind.ts';
export { type LockWatch, withLock } from './lock.ts';
export { nodeModules, type NodeModules, tryNodeModules } from './node.ts';
export { pause } from './pause.ts';
export { readWhole } from './read.ts';
export { targetOfTemporary, temporaryName } from './temporary.ts';
export {
  type FileContent,
  type FileToWrite,
  renameFlushed,
  writeTogether,
  writeWhole,
  writeWholeSync,
} from './write.ts';
