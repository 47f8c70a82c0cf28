import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { html, raw } from '../src/page/html.ts';

describe('html', () => {
  it('escapes what is put in, but not markup', () => {
    const inner = html`<b title="${'"<&\''}">${'<script>'}</b>`;
    expect(inner.text).toBe('<b title="&quot;&lt;&amp;&#39;">&lt;script&gt;</b>');
    expect(html`${[inner, inner]}${3}`.text).toBe(`${inner.text}${inner.text}3`);
    expect(html`${raw('<i>')}`.text).toBe('<i>');
  });

  it('lets no text open an element or leave an attribute', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const markup = html`<a b="${text}">${text}</a>`.text;
        expect(markup.match(/[<>"]/g)?.join('')).toBe('<""><>');
      }),
      { seed: 1, numRuns: 500 },
    );
  });
});
