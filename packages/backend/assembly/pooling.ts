// Max pooling, NHWC: forward, and the gradient as a gather over the outputs whose first maximum an input is.
import { bytes, int, ptr, startOf } from './command';
import { loadUpTo, splat, storeUpTo } from './simd';

/**
 * Command: 2 x, 3 y, 5 batch, 6/7 input height and width, 8/9 output height and width, 10 channels, 12/13 window,
 * 14/15 stride, 16/17 dilation, 18/19 padding above and left. Chunk = run of output rows over all images.
 */
export function maxPool(command: usize, chunk: i32): void {
  const inputH = int(command, 6);
  const inputW = int(command, 7);
  const outputH = int(command, 8);
  const outputW = int(command, 9);
  const channels = int(command, 10);
  const rows = int(command, 5) * outputH;
  const pixel = bytes(channels);
  const end = startOf(chunk + 1, int(command, 1), rows);
  for (let row = startOf(chunk, int(command, 1), rows); row < end; row++) {
    const image = row / outputH;
    const top = (row % outputH) * int(command, 14) - int(command, 18);
    for (let ox = 0; ox < outputW; ox++) {
      const left = ox * int(command, 15) - int(command, 19);
      const to = ptr(command, 3) + <usize>(row * outputW + ox) * pixel;
      for (let c = 0; c < channels; c += 4) {
        const room = channels - c;
        let best = splat(-Infinity);
        for (let ky = 0; ky < int(command, 12); ky++) {
          const iy = top + ky * int(command, 16);
          if (<u32>iy >= <u32>inputH) continue;
          for (let kx = 0; kx < int(command, 13); kx++) {
            const ix = left + kx * int(command, 17);
            if (<u32>ix >= <u32>inputW) continue;
            const at = ptr(command, 2) + <usize>((image * inputH + iy) * inputW + ix) * pixel + bytes(c);
            // best < value ? value : best, so a NaN in the window is passed over.
            best = f32x4.pmax(best, loadUpTo(at, room));
          }
        }
        storeUpTo(to + bytes(c), best, room);
      }
    }
  }
}

/**
 * dx[i] = Σ dy[o] over the outputs o whose window has its first maximum at i. Command: as maxPool, with 2 x, 3 y,
 * 4 dx, 20 dy. Chunk = run of images.
 */
export function maxPoolGrad(command: usize, chunk: i32): void {
  const inputH = int(command, 6);
  const inputW = int(command, 7);
  const outputH = int(command, 8);
  const outputW = int(command, 9);
  const channels = int(command, 10);
  const pixel = bytes(channels);
  const end = startOf(chunk + 1, int(command, 1), int(command, 5));
  for (let image = startOf(chunk, int(command, 1), int(command, 5)); image < end; image++) {
    const x = ptr(command, 2) + <usize>(image * inputH * inputW) * pixel;
    const dx = ptr(command, 4) + <usize>(image * inputH * inputW) * pixel;
    memory.fill(dx, 0, <usize>(inputH * inputW) * pixel);
    for (let oy = 0; oy < outputH; oy++) {
      const top = oy * int(command, 14) - int(command, 18);
      for (let ox = 0; ox < outputW; ox++) {
        const left = ox * int(command, 15) - int(command, 19);
        const out = <usize>((image * outputH + oy) * outputW + ox) * pixel;
        for (let c = 0; c < channels; c += 4) {
          const room = channels - c;
          const best = loadUpTo(ptr(command, 3) + out + bytes(c), room);
          const dy = loadUpTo(ptr(command, 20) + out + bytes(c), room);
          // Lanes whose maximum has not been met yet.
          let open = i32x4.splat(-1);
          for (let ky = 0; ky < int(command, 12); ky++) {
            const iy = top + ky * int(command, 16);
            if (<u32>iy >= <u32>inputH) continue;
            for (let kx = 0; kx < int(command, 13); kx++) {
              const ix = left + kx * int(command, 17);
              if (<u32>ix >= <u32>inputW) continue;
              const offset = <usize>(iy * inputW + ix) * pixel + bytes(c);
              const hit = v128.and(f32x4.eq(loadUpTo(x + offset, room), best), open);
              open = v128.andnot(open, hit);
              storeUpTo(dx + offset, f32x4.add(loadUpTo(dx + offset, room), v128.and(dy, hit)), room);
            }
          }
        }
      }
    }
  }
}
