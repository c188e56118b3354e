import { Html } from '../page/html';
import { STYLE } from '../page/style';

/** The style of the watcher's page, and what a report has beside it. */
export const REPORT_STYLE = new Html(`${STYLE.markup}
h3 { font-size: .9375rem; font-weight: 650; margin: 1.25rem 0 .4rem; }
h2 + h3, section > h3:first-child { margin-top: 0; }
.headline h1 { overflow-wrap: anywhere; }
.plot { display: grid; grid-template-columns: 4.5rem minmax(0, 1fr); gap: .25rem .6rem; margin: .5rem 0 .75rem; }
.plot .scale { display: flex; flex-direction: column; justify-content: space-between; text-align: right; font-size: .75rem;
  line-height: 1; color: var(--soft); white-space: nowrap; list-style: none; }
.plot .under { grid-column: 2; color: var(--soft); font-size: .75rem; line-height: 1.35; }
.plot .ends { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 1rem; }
svg.picture { display: block; width: 100%; height: 7.5rem; background: var(--ground); border-radius: 6px; }
svg.tall { height: 11rem; }
.picture path, .picture line { fill: none; vector-effect: non-scaling-stroke; }
.picture .line { stroke: var(--info); stroke-width: 1.75; }
.picture .area { fill: var(--info-wash); }
.picture .limit { stroke: var(--bad); stroke-width: 1.25; stroke-dasharray: 5 4; }
.picture .grid { stroke: var(--line); stroke-width: 1; }
.picture .kill { stroke: var(--bad); stroke-width: 1.5; }
.picture .dot { stroke: var(--tone); stroke-width: 6; stroke-linecap: round; }
.columns { display: grid; gap: .25rem; text-align: center; }
.columns b { color: var(--ink); font-weight: 600; display: block; }
.of-1 { grid-template-columns: minmax(0, 1fr); } .of-2 { grid-template-columns: repeat(2, minmax(0, 1fr)); }
.of-3 { grid-template-columns: repeat(3, minmax(0, 1fr)); } .of-4 { grid-template-columns: repeat(4, minmax(0, 1fr)); }
.of-5 { grid-template-columns: repeat(5, minmax(0, 1fr)); } .of-6 { grid-template-columns: repeat(6, minmax(0, 1fr)); }
.kill + .kill { border-top: 1px solid var(--line); margin-top: 1rem; padding-top: 1rem; }
summary { cursor: pointer; }
summary:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
summary h2 { display: inline; }
@media (max-width: 44rem) { .plot { grid-template-columns: 3.9rem minmax(0, 1fr); gap: .25rem .4rem; } }
@media print { svg.picture { background: none; } }
`);
