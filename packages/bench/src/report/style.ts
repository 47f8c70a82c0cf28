/**
 * The page's only style sheet. The eight colours are Okabe and Ito's palette, which people with colour-blindness can
 * tell apart, darkened or lightened to 3:1 against their background.
 */
export const style: string = `
:root { color-scheme: light dark; --text: #1c1c1e; --quiet: #5c5c66; --page: #fff; --rule: #d9d9e0; --panel: #f5f5f8;
  --c0: #0072b2; --c1: #c75000; --c2: #00805e; --c3: #a8508a; --c4: #8f6b00; --c5: #2f86b5; --c6: #8a8500; --c7: #444; }
@media screen and (prefers-color-scheme: dark) { :root { --text: #ececf1; --quiet: #a3a3ad; --page: #16161a; --rule: #3a3a42; --panel: #202026;
  --c0: #56b4e9; --c1: #ff8a3d; --c2: #2fc79b; --c3: #e08fc4; --c4: #e6ab1f; --c5: #9cc8ff; --c6: #f0e442; --c7: #ccc; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 72rem; padding: 1.5rem; background: var(--page); color: var(--text); font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.6rem; margin: 0; } h2 { font-size: 1.2rem; margin: 2.2rem 0 .6rem; } h3 { font-size: 1rem; margin: 1.4rem 0 .4rem; }
p { margin: .3rem 0; } .quiet { color: var(--quiet); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .3rem .8rem; border-bottom: 1px solid var(--rule); text-align: right; white-space: nowrap; }
th:first-child, td:first-child { text-align: left; padding-left: 0; }
thead th { border-bottom-width: 2px; font-weight: 600; }
tbody th { font-weight: 500; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); gap: 1rem 2rem; }
figure { margin: 0; } figcaption { font-weight: 600; }
svg { width: 100%; height: auto; overflow: visible; }
svg text { fill: var(--quiet); font: 13px system-ui, sans-serif; }
.grid { stroke: var(--rule); }
.line { fill: none; stroke-width: 2; } .dashed { stroke-dasharray: 5 4; }
.dot { stroke: none; } .dot:hover { stroke: var(--text); stroke-width: 2; }
.key { display: flex; flex-wrap: wrap; gap: .2rem 1.4rem; margin: .4rem 0; padding: 0; list-style: none; }
.key svg { width: 2.2rem; height: .8rem; margin-right: .4rem; }
pre { background: var(--panel); padding: .8rem 1rem; border-radius: 6px; overflow-x: auto; font-size: .85rem; }
${[0, 1, 2, 3, 4, 5, 6, 7].map((i) => `path.c${i}, line.c${i} { stroke: var(--c${i}); } circle.c${i} { fill: var(--c${i}); }`).join('\n')}
@media print { :root { color-scheme: light; } body { max-width: none; padding: 0; font-size: 11px; } figure, table, pre { break-inside: avoid; }
  pre { white-space: pre-wrap; } .charts { grid-template-columns: 1fr 1fr; } }
`;
