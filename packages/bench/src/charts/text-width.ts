// Of the larger type that telephones get, so that nothing overlaps there.
const letter = 9.2;
const percentSign = 15;

/** About how wide a text is in a page's picture, at its largest. */
export function textWidth(text: string): number {
  const signs = text.split('%').length - 1;
  return (text.length - signs) * letter + signs * percentSign;
}

/** The size of a picture's type, on a screen that is no telephone. */
export const pictureType = 13;

// Shares of the type's size, of DejaVu Sans, the widest of the faces that `system-ui` stands for; of Asian scripts and
// emoji those of any face. The first that a sign is in counts.
const shares: readonly (readonly [RegExp, number])[] = [
  [/\p{Extended_Pictographic}/u, 1.3],
  [/[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Hangul}\uFF01-\uFF60]/u, 1],
  [/\p{M}/u, 0],
  [/[mwMW%@\u2030-\u2034\u2190-\u22FF]/u, 1],
  [/[ijlIJ']/u, 0.3],
  [/[ !(),./:;[\]|\\frt-]/u, 0.41],
  [/[ckxyzsvFLP?*_"`]/u, 0.6],
  [/[ABCEKRSTVXYZ]/u, 0.71],
  [/[\p{Lu}#&+<>=^~±×÷]/u, 0.84],
];
const other = 0.64;
const heavier = 1.12;

/**
 * About how wide a text is in type of one size, rather more than less.
 *
 * @param bold of weight 600
 */
export function typeWidth(text: string, size: number = pictureType, bold = false): number {
  const share = Array.from(text).reduce(
    (sum, sign) => sum + (shares.find(([signs]) => signs.test(sign))?.[1] ?? other),
    0,
  );
  return share * size * (bold ? heavier : 1);
}
