/** The stylesheet of the page, beside the one that all pages share. */
export const SANDBOX_CSS = `
.faults {
  display: flex;
  flex-wrap: wrap;
  align-items: center;
  gap: 0.5rem;
  padding: 0.625rem 1rem;
  border-bottom: 1px solid var(--border);
}
.faults h2 { margin-inline-end: 0.25rem; }
.faults .note { flex-basis: 100%; color: var(--muted); }
.faults .note.bad { color: var(--bad); }
.fault { display: inline-flex; max-width: 100%; }
.fault button { display: inline-flex; align-items: center; gap: 0.5rem; }
.fault select { max-width: 15rem; min-width: 0; border-inline-start: 0; border-start-start-radius: 0; border-end-start-radius: 0; }
.fault select:empty { display: none; }
.fault button:not(:last-child) { flex: none; border-start-end-radius: 0; border-end-end-radius: 0; }
.knob { position: relative; width: 1.75rem; height: 1rem; border-radius: 1rem; background: var(--control); transition: background 0.15s; }
.knob::after {
  content: "";
  position: absolute;
  inset: 0.125rem auto 0.125rem 0.125rem;
  width: 0.75rem;
  border-radius: 50%;
  background: var(--background);
  transition: translate 0.15s;
}
[aria-checked="true"] .knob { background: var(--bad); }
[aria-checked="true"] .knob::after { translate: 0.75rem; }
button[aria-checked="true"] { border-color: var(--bad); }
.hits { color: var(--muted); }
.hits:empty { display: none; }
[aria-checked="true"] .hits { color: var(--bad); font-weight: 600; }

.tree { display: flex; flex-direction: column; gap: 0.125rem; max-height: 11rem; overflow-y: auto; padding: 2px; }
.tree button {
  display: flex;
  flex-wrap: wrap;
  justify-content: space-between;
  gap: 0 0.5rem;
  flex: none;
  border-color: transparent;
  background: none;
  text-align: start;
}
.tree button > :first-child { display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 2; overflow: hidden; }
.tree button:hover { background: var(--surface); }
.tree button[aria-current] { background: var(--surface); border-color: var(--border); font-weight: 600; }
.tree .depth-1 { margin-inline-start: 1rem; }
.tree [class^="depth-"]:not(.depth-0, .depth-1) { margin-inline-start: 2rem; }

.toolbar { display: flex; flex-wrap: wrap; align-items: center; gap: 0.5rem; margin-bottom: var(--space); }
.toolbar h2 { margin-inline-end: auto; }
.toolbar input { width: 12rem; flex: 0 1 auto; }
.time { display: inline-flex; flex-wrap: wrap; gap: 0.5rem; }

.grid { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 16rem), 1fr)); gap: var(--space); }
.grid .card { min-width: 0; content-visibility: auto; contain-intrinsic-height: auto 13rem; }
.row { display: flex; justify-content: space-between; align-items: baseline; gap: 0.75rem; }
.row > :first-child { min-width: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.row > :last-child { flex: none; }
.row strong { font-size: 1.125rem; }
.card code { display: block; overflow: hidden; color: var(--muted); font-size: 0.75rem; text-overflow: ellipsis; white-space: nowrap; }
.place { min-height: 8.25rem; margin-top: 0.375rem; }
/* The newest value is above: the legend shows the one under the cursor, over the path. */
.place .u-legend { position: absolute; inset: -1.75rem 0 auto auto; width: auto; margin: 0; padding: 0 0 0 0.5rem; background: var(--surface); opacity: 0; pointer-events: none; }
.place .chart:hover .u-legend, .place .chart:focus-within .u-legend { opacity: 1; }
.place .u-legend th { display: none; }
.empty { padding: 2rem 0; text-align: center; }
.end-of-list { height: 1px; }

.bot { min-width: 0; position: relative; }
.bot summary { cursor: pointer; font-size: 1rem; font-weight: 600; }
.bot a { position: absolute; inset: 0 0 auto auto; }
.bot iframe { display: block; width: 100%; height: 40rem; margin-top: 0.5rem; border: 1px solid var(--border); border-radius: var(--radius); background: var(--background); }

@media (max-width: 50rem) {
  /* Below thousands of charts nobody would find it. */
  .bot { order: -1; }
}
@media (min-width: 50rem) {
  main { grid-template-columns: 14rem minmax(0, 1fr); align-items: start; }
  .tree { position: sticky; top: 1rem; max-height: calc(100vh - 2rem); }
  .bot { grid-column: 1 / -1; grid-row: 1; }
}
@media (min-width: 75rem) {
  main { grid-template-columns: 12rem minmax(0, 1fr) auto; }
  .bot { grid-column: 3; grid-row: 1; position: sticky; top: 1rem; }
  .bot[open] { width: 26rem; }
  .bot iframe { height: calc(100vh - 4.5rem); }
}
`;
