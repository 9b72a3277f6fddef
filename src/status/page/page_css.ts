/** The stylesheet of the status page, beside the one that all pages share. */
export const PAGE_CSS = `
.page-header .who { flex: 1 1 0; display: flex; flex-wrap: wrap; align-items: center; gap: 0.375rem var(--space); min-width: 0; }
.page-header > p, .page-header > ul { flex-basis: 100%; }
.badge { display: inline-flex; align-items: center; gap: 0.5rem; font-weight: 600; }
.badge::before { content: ""; width: 0.625rem; height: 0.625rem; border-radius: 50%; background: currentColor; }
.facts { display: flex; flex-wrap: wrap; gap: 0.125rem 1.25rem; margin: 0; padding: 0; list-style: none; color: var(--muted); font-size: 0.8125rem; }
.facts li:empty { display: none; }
.cause::first-letter { text-transform: uppercase; }
[data-health="bad"] .cause { color: var(--bad); }
.lost { padding: 0.5rem 0.75rem; border: 1px solid var(--bad); border-radius: var(--radius); background: var(--background); color: var(--bad); font-weight: 600; }
.is-lost :is(main, .cause, .facts) { opacity: 0.6; }
section > h2 { margin-bottom: 0.5rem; }

.problems { margin: 0; padding: 0; list-style: none; border: 1px solid var(--border); border-radius: var(--radius); overflow: hidden; }
.problems li { display: flex; flex-wrap: wrap; gap: 0 1rem; justify-content: space-between; padding: 0.4375rem 0.75rem; border-inline-start: 3px solid var(--warning); }
.problems li + li { border-top: 1px solid var(--border); }
.problems [data-level="error"] { border-inline-start-color: var(--bad); }
.problems [data-level="info"] { border-inline-start-color: var(--control); }
.problems strong, .problems .link { margin-inline-end: 0.625rem; font-weight: 600; }
.problems p:first-child { flex: 1 1 16rem; min-width: 0; }
.problems p > :is(strong, .link) { max-width: 100%; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; vertical-align: bottom; display: inline-block; }
.problems .muted { display: flex; gap: 0.75rem; white-space: nowrap; }
.problems + button { margin-top: 0.5rem; }
.link { min-height: 0; padding: 0; border: 0; background: none; color: var(--accent); text-align: start; }
.link:hover { background: none; text-decoration: underline; }

.numbers { display: flex; flex-wrap: wrap; gap: 0.625rem 2rem; margin: 0; }
.numbers dt { color: var(--muted); font-size: 0.8125rem; }
.numbers dd { margin: 0; font-size: 1rem; font-weight: 600; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 22rem), 1fr)); gap: var(--space) 1.5rem; }
.charts figure { margin: 0; min-width: 0; }
.charts .u-legend { display: none; }

.toolbar { display: flex; flex-wrap: wrap; align-items: center; gap: 0.5rem var(--space); margin-bottom: var(--space); }
.toolbar input { flex: 1 1 12rem; max-width: 24rem; }
.count { color: var(--muted); }
[aria-pressed="true"] .count { color: inherit; }
.toolbar .sort { display: none; }
.empty { padding: 2rem 0; text-align: center; }

.grid {
  --columns: 7rem minmax(9rem, 3fr) minmax(5rem, 1.2fr) 6.25rem 5.25rem 5.75rem 4.25rem minmax(9rem, 3fr) minmax(9rem, 3fr) 6rem;
  --row-height: 2.125rem;
}
.grid:focus-visible { outline: none; }
.header, .row { display: grid; grid-template-columns: var(--columns); align-items: center; padding-inline: 0.25rem; }
.head { position: sticky; top: 0; z-index: 2; background: var(--background); }
.header { border-bottom: 1px solid var(--border); }
.header button { width: 100%; min-height: 2rem; padding: 0 0.5rem; border: 0; background: none; color: var(--muted); font-weight: 600; text-align: inherit; white-space: nowrap; }
.header button:hover { color: var(--text); }
.header button:focus-visible { outline-offset: -2px; }
.header [aria-sort="ascending"] button, .header [aria-sort="descending"] button { color: var(--text); }
.header [aria-sort="ascending"] button::after { content: " ↑"; }
.header [aria-sort="descending"] button::after { content: " ↓"; }
.rows { position: relative; contain: layout; }
.row { position: absolute; inset-inline: 0; top: 0; height: var(--row-height); border-bottom: 1px solid var(--border); cursor: pointer; contain: strict; }
.row:hover { background: var(--surface); }
.row > div { padding: 0 0.5rem; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.grid:focus-visible .row.active { outline: 2px solid var(--accent); outline-offset: -2px; background: var(--surface); }
.row .name { font-weight: 600; }
.row :is(.account, .every, .next, .last, .took, .values) { color: var(--muted); }
.grid :is(.next, .last, .took, .since) { text-align: end; }
.row .state::before { content: ""; display: inline-block; width: 0.5rem; height: 0.5rem; margin-inline-end: 0.5rem; border-radius: 50%; background: var(--good); }
.row .state { color: var(--muted); }
[data-state="failing"] :is(.state, .error, .since) { color: var(--bad); }
[data-state="problem"] :is(.state, .error, .since), [data-state="late"] .state { color: var(--warning); }
.row:is([data-state="failing"], [data-state="problem"], [data-state="late"]) .state::before { background: currentColor; }
.row:is([data-state="unpolled"], [data-state="first"]) .state::before { background: none; border: 1.5px solid var(--control); }
.row[data-state="unpolled"] :is(.name, .error) { color: var(--muted); }

.details { width: min(40rem, 100vw); max-width: none; height: 100dvh; max-height: none; margin: 0 0 0 auto; padding: 0 1.25rem 1.25rem; border: 0; border-inline-start: 1px solid var(--border); background: var(--background); color: var(--text); }
.details::backdrop { background: rgb(0 0 0 / 0.4); }
.details header { position: sticky; top: 0; display: flex; align-items: start; justify-content: space-between; gap: 1rem; padding: 1rem 0 var(--space); background: var(--background); }
.details dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 0.25rem 1rem; margin: 0; }
.details dt { color: var(--muted); }
.details dd { margin: 0; }
.details[data-state="failing"] dd:first-of-type { color: var(--bad); font-weight: 600; }
.details pre { margin: var(--space) 0 0; padding: 0.625rem 0.75rem; border-inline-start: 3px solid var(--bad); border-radius: var(--radius); background: var(--surface); font: 0.8125rem/1.45 ui-monospace, monospace; white-space: pre-wrap; overflow-wrap: anywhere; }
.details:not([data-state="failing"]) pre { border-color: var(--warning); }
.details h3 { margin: 1.25rem 0 0.375rem; }
.details td:first-child, .details th:first-child { padding-inline-start: 0; }
.details .number { text-align: end; }
.details td.time { white-space: nowrap; color: var(--muted); }

@media (max-width: 100rem) {
  .grid { --columns: 7rem minmax(9rem, 3fr) minmax(5rem, 1.2fr) 6.25rem 5.25rem 5.75rem 4.25rem minmax(9rem, 6fr) 6rem; }
  .header .error, .row:is([data-state="failing"], [data-state="problem"], [data-state="unpolled"]) .values { display: none; }
  .row { grid-template-rows: 100%; }
  .row :is(.values, .error) { grid-area: 1 / 8; }
  .toolbar .sort { display: block; }
}
@media (max-width: 79rem) {
  .grid { --columns: 7rem minmax(9rem, 3fr) 5.25rem 5.75rem minmax(9rem, 6fr) 6rem; }
  .grid :is(.account, .every, .took) { display: none; }
  .row :is(.values, .error) { grid-area: 1 / 5; }
}
@media (max-width: 64rem) {
  .grid { --columns: 7rem minmax(9rem, 3fr) 5.25rem 5.75rem minmax(9rem, 4fr); }
  .grid .since { display: none; }
}
@media (max-width: 44rem) {
  .grid { --row-height: 4.25rem; }
  .header { display: none; }
  .toolbar input { max-width: none; }
  .row { grid-template: auto auto / minmax(0, 1fr) max-content; align-content: center; padding-inline: 0; }
  .row > div { padding: 0 0.25rem; }
  .row .name { grid-area: 1 / 1; }
  .row .state { grid-area: 1 / 2; text-align: end; }
  .row :is(.values, .error) { grid-area: 2 / 1; }
  .row .next { grid-area: 2 / 2; }
  .row .last { display: none; }
}
`;
