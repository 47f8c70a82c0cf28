/** The name under which a file is written, in its own folder, before it gets its own. */
export function temporaryName(path: string): string {
  return `${path}.${crypto.randomUUID().slice(-12)}.tmp`;
}

/**
 * The name of the file that this one was to become; undefined of a name that is no temporary one. For clearing up after
 * a killed process.
 */
export function targetOfTemporary(name: string): string | undefined {
  return /^(.+)\.[0-9a-f]+\.tmp$/.exec(name)?.[1];
}
