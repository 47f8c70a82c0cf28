import type { VNode } from 'preact';
import type { Look } from '../model/colours.ts';

/** A piece of a curve, beside its name. */
export function Swatch({ look }: { readonly look: Look }): VNode {
  return (
    <svg class="swatch" viewBox="0 0 18 10" aria-hidden="true">
      <line
        x1="0"
        x2="18"
        y1="5"
        y2="5"
        class={`c${look.colour}`}
        {...(look.dashed && { 'stroke-dasharray': '5 3' })}
      />
    </svg>
  );
}
