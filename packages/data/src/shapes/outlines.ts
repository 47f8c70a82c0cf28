/**
 * The ten shapes, each as a function of a point: negative inside, positive outside, about the
 * distance to the outline near it. They are centred on the origin, about as large as the unit disc, and
 * nowhere beyond {@link REACH} from it.
 */
export type Outline = (x: number, y: number) => number;

/** No shape reaches farther from the origin. */
export const REACH = 1.25;

/** Unit normals of the sides of a regular polygon, x and y in turn; one side faces down. */
function sideNormals(sides: number): Float64Array {
  const normals = new Float64Array(2 * sides);
  for (let k = 0; k < sides; k++) {
    normals[2 * k] = Math.sin((2 * Math.PI * k) / sides);
    normals[2 * k + 1] = Math.cos((2 * Math.PI * k) / sides);
  }
  return normals;
}

/** The regular polygon whose sides are at `apothem` from the centre. */
function polygon(sides: number, apothem: number): Outline {
  const normals = sideNormals(sides);
  return (x, y) => {
    let farthest = -Infinity;
    for (let k = 0; k < normals.length; k += 2) {
      farthest = Math.max(farthest, normals[k]! * x + normals[k + 1]! * y);
    }
    return farthest - apothem;
  };
}

/** A pentagram holds the points that are beyond at most one of its pentagon's sides: the second farthest counts. */
function pentagram(apothem: number): Outline {
  const normals = sideNormals(5);
  return (x, y) => {
    let first = -Infinity;
    let second = -Infinity;
    for (let k = 0; k < normals.length; k += 2) {
      const side = normals[k]! * x + normals[k + 1]! * y;
      second = Math.max(second, Math.min(first, side));
      first = Math.max(first, side);
    }
    return second - apothem;
  };
}

const length = (x: number, y: number): number => Math.sqrt(x * x + y * y);

/** The class names with their outlines, in the order of the labels. */
export const outlines: Readonly<Record<string, Outline>> = {
  disc: (x, y) => length(x, y) - 0.85,
  semicircle: (x, y) => Math.max(length(x, y - 0.4) - 1, y - 0.4),
  crescent: (x, y) => Math.max(length(x, y) - 1, 0.8 - length(x - 0.5, y)),
  ring: (x, y) => Math.abs(length(x, y) - 0.74) - 0.22,
  triangle: polygon(3, 0.52),
  square: polygon(4, 0.74),
  pentagon: polygon(5, 0.76),
  star: pentagram(0.36),
  cross: (x, y) => {
    const ax = Math.abs(x);
    const ay = Math.abs(y);
    return Math.min(Math.max(ax - 0.98, ay - 0.32), Math.max(ax - 0.32, ay - 0.98));
  },
  // A square that stands on a corner, with a disc on each of its upper sides.
  heart: (x, y) => {
    const u = (x - y) * Math.SQRT1_2 + 0.18;
    const v = (-x - y) * Math.SQRT1_2 + 0.18;
    const square = Math.max(Math.abs(u), Math.abs(v)) - 0.52;
    return Math.min(square, length(u, v - 0.52) - 0.52, length(u - 0.52, v) - 0.52);
  },
};
