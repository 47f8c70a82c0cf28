/** Height, width and channels, 1 or 3, of a picture of bytes, channels next to each other. */
export type Shape = readonly [height: number, width: number, channels: number];

/** Writes the changed `source` to `out`, every byte of it. */
export type Operation = (source: Uint8Array, shape: Shape, out: Uint8Array) => void;
