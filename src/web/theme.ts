/**
 * The stylesheet that all pages share: colors for light and dark, text, tables, buttons, charts. A page adds its own.
 *
 * Every text color has a contrast of at least 4.5 to both `--background` and `--surface` (WCAG AA), in light and dark.
 */
export const THEME_CSS = `
:root {
  color-scheme: light dark;
  --background: light-dark(#ffffff, #11151b);
  --surface: light-dark(#f5f7f9, #1a2029);
  --text: light-dark(#1b2129, #e3e8ef);
  --muted: light-dark(#566170, #9ba7b6);
  --border: light-dark(#d3d9e0, #343e4b);
  --control: light-dark(#7b8694, #728094);
  --accent: light-dark(#1a5cc8, #7fb2ff);
  --good: light-dark(#1a7537, #57c478);
  --warning: light-dark(#8a5600, #e2b04a);
  --bad: light-dark(#bf2330, #ff8279);
  --series-1: light-dark(#1a5cc8, #7fb2ff);
  --series-2: light-dark(#a8500b, #f0a35e);
  --series-3: light-dark(#1a7537, #57c478);
  --series-4: light-dark(#8a3fb0, #cf96ee);
  --series-5: light-dark(#bf2330, #ff8279);
  --series-6: light-dark(#0c7285, #54c3d6);
  --space: 0.75rem;
  --radius: 0.375rem;
}
:root[data-theme="light"] { color-scheme: light; }
:root[data-theme="dark"] { color-scheme: dark; }

*, ::before, ::after { box-sizing: border-box; }
[hidden] { display: none !important; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  margin: 0;
  background: var(--background);
  color: var(--text);
  font: 0.875rem/1.45 system-ui, sans-serif;
  font-variant-numeric: tabular-nums;
  overflow-wrap: anywhere;
}
h1, h2, h3, p { margin: 0; }
h1 { font-size: 1.125rem; }
h2 { font-size: 1rem; }
h3 { font-size: 0.875rem; }
a { color: var(--accent); }
code { font: 0.8125rem/1.4 ui-monospace, monospace; }
noscript { display: block; padding: var(--space); }

.page-header {
  display: flex;
  flex-wrap: wrap;
  align-items: center;
  gap: 0.5rem var(--space);
  padding: 0.625rem 1rem;
  border-bottom: 1px solid var(--border);
  background: var(--surface);
}
.page-header > .end { margin-inline-start: auto; }
main { display: grid; grid-template-columns: minmax(0, 1fr); gap: 1.25rem; padding: 1rem; }

button, input, select {
  min-height: 2rem;
  max-width: 100%;
  padding: 0.25rem 0.625rem;
  border: 1px solid var(--control);
  border-radius: var(--radius);
  background: var(--background);
  color: inherit;
  font: inherit;
  font-variant-numeric: inherit;
}
::placeholder { color: var(--muted); opacity: 1; }
button { cursor: pointer; }
button:hover { background: var(--surface); border-color: var(--muted); }
button[aria-pressed="true"] { border-color: var(--accent); color: var(--accent); }
.segments { display: inline-flex; }
.segments button { border-radius: 0; white-space: nowrap; }
.segments button + button { margin-inline-start: -1px; }
.segments button:first-child { border-start-start-radius: var(--radius); border-end-start-radius: var(--radius); }
.segments button:last-child { border-start-end-radius: var(--radius); border-end-end-radius: var(--radius); }
.segments button:is([aria-pressed="true"], :focus-visible) { position: relative; z-index: 1; }
button:disabled { cursor: default; color: var(--muted); border-color: var(--border); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }

table { border-collapse: collapse; width: 100%; }
th, td { padding: 0.3125rem 0.625rem; text-align: start; border-bottom: 1px solid var(--border); }
th { color: var(--muted); font-weight: 600; white-space: nowrap; }
.number { text-align: end; }

.card { padding: var(--space); border: 1px solid var(--border); border-radius: var(--radius); background: var(--surface); }
.muted { color: var(--muted); }
.good { color: var(--good); }
.warning { color: var(--warning); }
.bad { color: var(--bad); }

.chart { position: relative; min-width: 0; }
.chart > .reset { position: absolute; inset: auto 0 0 auto; min-height: 1.5rem; padding: 0 0.5rem; font-size: 0.8125rem; z-index: 1; }
.chart .uplot { font-family: inherit; }
.chart .u-select { background: color-mix(in srgb, var(--accent) 20%, transparent); }
.chart .u-cursor-x { border-color: var(--muted); }
.chart .u-legend { display: flex; flex-wrap: wrap; gap: 0 1rem; padding: 0.25rem 0.25rem 0; text-align: start; font-size: 0.8125rem; }
.chart .u-legend tbody { display: contents; }
.chart .u-legend th, .chart .u-legend td { padding: 0; border: 0; color: var(--text); font-weight: 400; }
.chart .u-legend td { padding-inline-start: 0.375rem; }

@media (prefers-reduced-motion: reduce) {
  *, ::before, ::after { animation: none !important; transition: none !important; scroll-behavior: auto !important; }
}
@media (max-width: 30rem) {
  main { padding: 0.75rem; }
  .page-header { padding: 0.5rem 0.75rem; }
}
`;
