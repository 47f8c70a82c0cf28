/** The order of names by code points: the same everywhere, whatever the language of the system. */
export function compareNames(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    if (a.charCodeAt(i) !== b.charCodeAt(i)) {
      // Whole code points: the halves of one beyond 2¹⁶ are smaller than some that are below.
      return a.codePointAt(i)! - b.codePointAt(i)!;
    }
  }
  return a.length - b.length;
}

/** Whether a file or folder is none of the user's: hidden, or left behind by a desktop. */
export function isIgnored(name: string): boolean {
  return name.startsWith('.') || /^(thumbs\.db|desktop\.ini|__macosx|icon\r)$/i.test(name);
}

/** Whether a file's name says that it is a picture that can be decoded. */
export function isPictureName(name: string): boolean {
  return /\.(jpe?g|png|webp)$/i.test(name);
}
