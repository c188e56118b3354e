import { Html } from './html';

/**
 * The one style sheet, written into the page: its hash is in the page's policy. Tones are light or dark as the machine is set; every
 * text keeps a contrast of 4.5 to 1 to what is behind it.
 */
export const STYLE = new Html(`
:root {
  --ground: #f4f5f7; --sheet: #ffffff; --ink: #18202b; --soft: #525d6c; --line: #d9dee5; --link: #1a56b0;
  --good: #14663a; --good-wash: #e6f4ec; --info: #1a56b0; --info-wash: #e7effb; --wait: #7d4a00; --wait-wash: #fdf1dc;
  --bad: #a81724; --bad-wash: #fdeaea; --off: #525d6c; --off-wash: #eceff3;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #0e1218; --sheet: #161c25; --ink: #e4e9f0; --soft: #a0acbb; --line: #2b3543; --link: #8db8ff;
    --good: #6fd39a; --good-wash: #13291e; --info: #8db8ff; --info-wash: #162439; --wait: #f2bd6b; --wait-wash: #2e2310;
    --bad: #ff9a9a; --bad-wash: #37191d; --off: #a0acbb; --off-wash: #1e2631;
  }
}
* { box-sizing: border-box; }
html { background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif;
  font-variant-numeric: tabular-nums; -webkit-text-size-adjust: 100%; }
body { max-width: 64rem; margin: 0 auto; padding: 1rem; overflow-wrap: anywhere; }
p, h1, h2, ul, ol, dl, dd { margin: 0; padding: 0; }
h2 { font-size: 1rem; font-weight: 650; margin-bottom: .5rem; }
a { color: var(--link); }
a:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
code { font: .9em ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace; }
.soft, header p + p, footer { color: var(--soft); font-size: .875rem; }
header { display: flex; flex-wrap: wrap; justify-content: space-between; align-items: baseline; gap: 0 1.5rem; margin-bottom: 1rem; }
footer { margin: 1.5rem 0; display: grid; gap: .35rem; }
footer nav { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; }
main { display: grid; grid-template-columns: minmax(0, 1fr); gap: 1rem; }
section { background: var(--sheet); border: 1px solid var(--line); border-radius: 10px; padding: 1rem 1.25rem; min-width: 0; }
.pair { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); align-items: start; }

.good { --tone: var(--good); --wash: var(--good-wash); } .info { --tone: var(--info); --wash: var(--info-wash); }
.wait { --tone: var(--wait); --wash: var(--wait-wash); } .bad { --tone: var(--bad); --wash: var(--bad-wash); }
.off { --tone: var(--off); --wash: var(--off-wash); }
.word { color: var(--tone); font-weight: 600; }
.headline, .alert { background: var(--wash); border-color: var(--tone); border-left-width: 6px; }
.headline .soft { color: var(--ink); }
.headline h1 { color: var(--tone); font-size: clamp(2.25rem, 9vw, 3.75rem); font-weight: 750; line-height: 1.1; letter-spacing: -.01em; overflow-wrap: normal; }
.headline .move { font-weight: 600; }
.headline .sentence { font-size: 1.125rem; }
.alert h2 { color: var(--tone); margin: 0; font-size: 1.125rem; }

.ladder { list-style: none; display: grid; grid-template-columns: repeat(4, minmax(0, 1fr)); gap: .4rem; align-items: end; margin: .75rem 0; }
.step { border: 1px solid var(--line); border-bottom: 4px solid var(--line); border-radius: 8px 8px 0 0; padding: .5rem .25rem; text-align: center; display: grid; align-content: center; line-height: 1.25; font-size: .8125rem; color: var(--soft); }
.step b { font-size: 1.125rem; color: var(--ink); white-space: nowrap; }
.step .state { min-height: 1.25em; }
.rise-0 { min-height: 4.75rem; } .rise-1 { min-height: 5.75rem; } .rise-2 { min-height: 6.75rem; } .rise-3 { min-height: 7.75rem; }
.passed { background: var(--off-wash); border-bottom-color: var(--soft); }
.live { background: var(--info-wash); border-color: var(--info); color: var(--ink); }
.live .state { font-weight: 700; color: var(--info); }

svg.bar { display: block; width: 100%; height: .5rem; border-radius: .25rem; margin-top: .35rem; }
.bar .whole { fill: var(--line); } .bar .part { fill: var(--tone); }
svg.course { display: block; width: 100%; min-width: 7rem; height: 1.75rem; }
.course path { fill: none; stroke: var(--info); stroke-width: 1.5; vector-effect: non-scaling-stroke; }
.course .limit { stroke: var(--soft); stroke-width: 1; stroke-dasharray: 3 3; }

table { width: 100%; border-collapse: collapse; font-size: .9375rem; }
caption { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
th, td { text-align: left; padding: .4rem 1rem .4rem 0; vertical-align: middle; min-width: 6rem; }
td.plain, thead th { white-space: nowrap; min-width: 0; }
thead th { color: var(--soft); font-size: .8125rem; font-weight: 500; border-bottom: 1px solid var(--line); }
tbody th { font-weight: 600; }
tbody tr + tr { border-top: 1px solid var(--line); }
td.wide { padding-right: 0; min-width: 7rem; width: 22%; }
dl { font-size: .9375rem; }
dl div { display: grid; grid-template-columns: 8rem minmax(0, 1fr); gap: .75rem; padding: .35rem 0; }
dl div + div { border-top: 1px solid var(--line); }
dt { color: var(--soft); }
.lines, .inline { list-style: none; }
.lines li { padding: .3rem 0; }
.lines li + li { border-top: 1px solid var(--line); }
.lines time { color: var(--soft); font-size: .875rem; }
.inline { display: flex; flex-wrap: wrap; gap: .1rem .75rem; }

@media (max-width: 44rem) {
  body { padding: .75rem; }
  section { padding: .85rem .9rem; }
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  tbody tr { display: flex; flex-wrap: wrap; gap: .1rem .9rem; padding: .6rem 0; }
  th, td { padding: 0; min-width: 0; }
  td.plain { white-space: normal; }
  tbody th { flex: 1 1 55%; }
  td { order: 2; }
  td.result { order: 1; flex: 1 1 35%; text-align: right; }
  td.wide { order: 3; flex-basis: 100%; width: auto; }
  td.plain::before, td.text::before { content: attr(data-title) " "; color: var(--soft); font-size: .8125rem; }
  td.wide:empty { display: none; }
  .step b { font-size: 1rem; }
  .step .name { display: none; }
  dl div { grid-template-columns: 7rem minmax(0, 1fr); }
}
@media print { section { break-inside: avoid; } }
`);
