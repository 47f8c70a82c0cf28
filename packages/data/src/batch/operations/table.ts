import type { Operation } from './picture.ts';

/** Changes each byte by itself; `ruleOf` is given how often each value occurs in the channel that the rule is for. */
export function byTable(ruleOf: (histogram: Uint32Array) => (value: number) => number): Operation {
  const table = new Uint8Array(256);
  return (source, [, , channels], out) => {
    for (let c = 0; c < channels; c++) {
      const rule = ruleOf(histogramOf(source, c, channels));
      for (let value = 0; value < 256; value++) table[value] = rule(value);
      for (let i = c; i < source.length; i += channels) out[i] = table[source[i]!]!;
    }
  };
}

function histogramOf(source: Uint8Array, channel: number, channels: number): Uint32Array {
  const histogram = new Uint32Array(256);
  for (let i = channel; i < source.length; i += channels) histogram[source[i]!]! += 1;
  return histogram;
}
