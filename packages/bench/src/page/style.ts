const light = `--text: #1c1c1e; --quiet: #5c5c66; --page: #fff; --rule: #d9d9e0; --panel: #f5f5f8; --bad: #b3261e;
  --c0: #0072b2; --c1: #c75000; --c2: #00805e; --c3: #a8508a; --c4: #8f6b00; --c5: #2f86b5; --c6: #8a8500; --c7: #55555c;
  --heat: #4a9fd4; --miss: #ef8a4c;
  --r0: #c2c98a; --r1: #8dbd8b; --r2: #4fa99a; --r3: #2389a6; --r4: #1c639f; --r5: #16357a;`;
const dark = `--text: #ececf1; --quiet: #a3a3ad; --page: #16161a; --rule: #3a3a42; --panel: #202026; --bad: #ff8a80;
  --c0: #56b4e9; --c1: #ff8a3d; --c2: #2fc79b; --c3: #e08fc4; --c4: #e6ab1f; --c5: #9cc8ff; --c6: #f0e442; --c7: #b4b4bc;
  --heat: #1f6aa8; --miss: #a8480f;
  --r0: #465270; --r1: #3f6b8c; --r2: #3a90a3; --r3: #4fb596; --r4: #9ad279; --r5: #f2ec7a;`;
// Eight that are told apart, and six from weak to strong, whose lightness alone tells which is more.
const colours = [
  ...[0, 1, 2, 3, 4, 5, 6, 7].map((i) => `.c${i} { --own: var(--c${i}); }`),
  ...[0, 1, 2, 3, 4, 5].map((i) => `.r${i} { --own: var(--r${i}); }`),
].join(' ');

// What a chart's picture has, on a page and in a file.
const marks = `svg text { fill: var(--quiet); font: 13px system-ui, sans-serif; }
svg .name { fill: var(--text); paint-order: stroke; stroke: var(--page); stroke-width: 4px; stroke-linejoin: round; } svg .cell { fill: var(--text); pointer-events: none; }
.grid { stroke: var(--rule); } .tick { stroke: var(--quiet); }
.line { fill: none; stroke: var(--own); stroke-width: 2; stroke-linejoin: round; } .dashed { stroke-dasharray: 6 4; } .dotted { stroke-dasharray: 2 3; }
.faint { stroke: var(--quiet); stroke-opacity: .4; stroke-width: 1.2; stroke-linecap: round; } .faint:hover { stroke-opacity: 1; }
.thread { fill: none; stroke: var(--own); stroke-width: 1.6; stroke-linejoin: round; pointer-events: stroke; } .thread.faint { stroke: var(--quiet); } .thread:hover { stroke: var(--text); stroke-width: 3; } .shade { fill: var(--own); }
.band { fill: var(--own); fill-opacity: .18; stroke: none; }
.dot { fill: var(--own); } .dot:hover { stroke: var(--text); stroke-width: 2; }
.hollow { fill: var(--page); stroke: var(--own); stroke-width: 2; } .end { fill: none; stroke: var(--own); stroke-width: 2.5; }
.heat { fill: var(--heat); } .miss { fill: var(--miss); } rect.heat:hover, rect.miss:hover { stroke: var(--text); }
.frame { fill: none; stroke: var(--rule); }
.small text { font-size: 8px; }`;

/**
 * The page's only style sheet. The eight colours are Okabe and Ito's palette, which people with colour-blindness can
 * tell apart, darkened or lightened to 3:1 against their background.
 */
export const style: string = `
:root { color-scheme: light dark; ${light} }
@media screen and (prefers-color-scheme: dark) { :root { ${dark} } }
${colours}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 76rem; padding: 1.5rem; background: var(--page); color: var(--text); font: 16px/1.5 system-ui, sans-serif; overflow-wrap: break-word; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .3rem; } h2 { font-size: 1.25rem; margin: 2.6rem 0 .7rem; } h3 { font-size: 1rem; margin: 1.4rem 0 .4rem; }
p { margin: .3rem 0 .6rem; } .quiet { color: var(--quiet); } .bad { color: var(--bad); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
table { font-size: .9rem; } th, td { padding: .3rem .65rem; border-bottom: 1px solid var(--rule); text-align: right; white-space: nowrap; }
th:first-child, td:first-child { text-align: left; padding-left: 0; }
thead th { border-bottom-width: 2px; font-weight: 600; }
tbody th { font-weight: 500; }
.words td, .words thead th { text-align: left; }
summary { cursor: pointer; padding: .25rem 0; } details { margin: .2rem 0; }
pre { background: var(--panel); padding: .8rem 1rem; border-radius: 6px; overflow-x: auto; font-size: .85rem; }

.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 17rem), 1fr)); gap: 1rem; margin: 1.2rem 0; padding: 0; list-style: none; }
.card { border: 1px solid var(--rule); border-top: 4px solid var(--own, var(--rule)); border-radius: 6px; padding: .8rem 1rem; }
.card h2 { font-size: 1rem; margin: 0; }
.big { font-size: 1.9rem; line-height: 1.2; font-weight: 650; margin: .3rem 0 0; font-variant-numeric: tabular-nums; } .big small { font-size: 1rem; font-weight: 400; }
.card dl { display: grid; grid-template-columns: fit-content(60%) minmax(0, 1fr); overflow-wrap: anywhere; gap: .1rem .8rem; margin: .6rem 0 0; font-size: .9rem; }
.card dt { color: var(--quiet); } .card dd { margin: 0; text-align: right; font-variant-numeric: tabular-nums; }

.charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 27rem), 1fr)); gap: 1.8rem 2.5rem; align-items: start; }
figure { margin: 0; min-width: 0; } figcaption { font-weight: 600; } figcaption .quiet { font-weight: 400; }
figure > .quiet { font-size: .875rem; }
svg { display: block; width: 100%; height: auto; overflow: visible; }
${marks} .wide { min-width: var(--least, 56rem); }
.key { display: flex; flex-wrap: wrap; gap: .1rem 1.2rem; margin: .2rem 0 .4rem; padding: 0; list-style: none; font-size: .875rem; }
.key svg { display: inline-block; width: 2rem; height: .75rem; margin-right: .4rem; } .key .point { width: .875rem; }

.bars { margin: .4rem 0; padding: 0; list-style: none; columns: 20rem; column-gap: 2.5rem; font-size: .875rem; }
.bars > li { display: grid; grid-template-columns: minmax(5.5rem, 28%) 1fr; gap: 0 .6rem; align-items: center; padding: .15rem 0; break-inside: avoid; }
.bars .of { overflow-wrap: anywhere; line-height: 1.2; }
.bar { display: grid; grid-template-columns: 1fr var(--figures, auto); gap: .5rem; align-items: center; }
.bar i { display: block; height: .65rem; background: var(--own); border-radius: 0 2px 2px 0; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
.bar b { font-weight: 400; font-variant-numeric: tabular-nums; line-height: 1.25; text-align: right; }

.pictures { display: grid; grid-template-columns: repeat(auto-fill, minmax(6.5rem, 1fr)); gap: 1rem .8rem; margin: .6rem 0; padding: 0; list-style: none; font-size: .8rem; line-height: 1.3; }
.pictures img { display: block; width: 100%; height: auto; aspect-ratio: 1; object-fit: contain; image-rendering: pixelated; background: var(--panel); border-radius: 4px; margin-bottom: .3rem; }
.pictures span { display: block; overflow-wrap: anywhere; }

@media (max-width: 40rem) { body { padding: 1rem; } svg text { font-size: 16px; } .small text { font-size: 8px; } svg .cell { font-size: 13px; } th, td { padding: .3rem .5rem; } }
@media print { :root { color-scheme: light; font-size: 11px; } body { max-width: none; padding: 0; font-size: 1rem; }
  figure, tr, .card, .pictures li { break-inside: avoid; } h2, h3, summary, figcaption { break-after: avoid; } pre { white-space: pre-wrap; overflow-wrap: anywhere; }
  .charts { grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 1rem 1.5rem; } .pictures { grid-template-columns: repeat(auto-fill, minmax(7rem, 1fr)); }
  .scroll { overflow: visible; } .wide { min-width: 0; } th, td { padding: .15rem .4rem; white-space: normal; } }
`;

const fileRules = `${marks}
.paper { fill: var(--page); } .title, .words, .key { fill: var(--text); } .title { font-size: 16px; font-weight: 600; } .key, .note { font-size: 14px; }
${colours}`;

/** The sheet of a chart that is a file, with the page's colours. */
export const fileStyle: string = `
:root { color-scheme: light dark; }
${inColours(fileRules, light)}
@media screen and (prefers-color-scheme: dark) {
${inColours(fileRules, dark)}
}
`;

/**
 * A sheet without variables, which programs that draw SVG outside of a browser do not know. What an element's own colour is
 * comes from `color`.
 */
function inColours(sheet: string, palette: string): string {
  const values = new Map([...palette.matchAll(/(--\w+): ([^;]+);/g)].map((m) => [m[1], m[2]]));
  return sheet
    .replaceAll('--own:', 'color:')
    .replaceAll('var(--own)', 'currentColor')
    .replaceAll(/var\((--\w+)\)/g, (whole, name: string) => values.get(name) ?? whole);
}
