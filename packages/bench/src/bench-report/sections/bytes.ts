import { barChart } from '../../charts/bar-chart.ts';
import { type NetworkName, placeNames } from '../names.ts';
import type { MemoryResult } from '../../measure/memory.ts';
import { sizeDtypes } from '../../measure/kinds.ts';
import type { SizeResult } from '../../measure/size.ts';
import type { Markup } from '../../page/html.ts';
import { mebibytes } from '../figures.ts';

/** What networks take above the process's floor. */
export function memoryBars(results: readonly MemoryResult[], nameOf: NetworkName): Markup[] {
  if (results.length === 0) return [];
  const place = placeNames(results);
  const kind = (each: MemoryResult): string =>
    `${each.mode === 'train' ? 'training' : 'inference'}, ${place(each)}, batch ${each.batch}`;
  const series = [...new Set(results.map(kind))];
  const names = [...new Set(results.map(nameOf))];
  return [
    barChart({
      title: 'Memory',
      note: 'Largest resident set above what the process had before the network.',
      series,
      categories: names.map((name) => ({
        name,
        bars: series.map((each) => {
          const bytes = results.find(
            (row) => nameOf(row) === name && kind(row) === each,
          )?.aboveFloorBytes;
          return { value: bytes, ...(bytes !== undefined && { text: mebibytes(bytes) }) };
        }),
      })),
    }),
  ];
}

/** Bytes on disk by how kernels are stored. */
export function sizeBars(results: readonly SizeResult[], nameOf: NetworkName): Markup[] {
  if (results.length === 0) return [];
  return [
    barChart({
      title: 'Size on disk',
      note: 'A saved model with its weights; in brackets with gzip.',
      series: [...sizeDtypes],
      categories: results.map((row) => ({
        name: nameOf(row),
        bars: sizeDtypes.map((dtype) => {
          const { bytes, gzipBytes } = row.files[dtype];
          return { value: bytes, text: `${mebibytes(bytes)} (${mebibytes(gzipBytes)})` };
        }),
      })),
    }),
  ];
}
