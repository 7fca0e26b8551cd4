/**
 * Looks like the exporter's own pages: one column, system font, light and dark, from 320 px wide.
 */
export const STYLESHEET = `:root {
  color-scheme: light dark;
  --paper: #f7f8f9; --card: #ffffff; --ink: #17212b; --soft: #51606e; --line: #d5dbe1;
  --accent: #0b4f6c; --on-accent: #ffffff; --danger: #a3142a;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #12181e; --card: #1b232b; --ink: #e9eef2; --soft: #a6b3bf; --line: #37434e;
    --accent: #8fd0ec; --on-accent: #06222f; --danger: #ff9ba8;
  }
}
* { box-sizing: border-box; }
html { font: 1.0625rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
body {
  margin: 0 auto; max-width: 38rem; padding: 1.25rem 1rem 2rem;
  background: var(--paper); color: var(--ink); overflow-wrap: anywhere;
}
header { color: var(--soft); }
header nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1rem; margin: 0; padding: 0; list-style: none; }
footer { padding-top: 1.5rem; color: var(--soft); font-size: .9375rem; }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 1.25rem 0 .75rem; text-wrap: balance; }
h2 { font-size: 1.0625rem; margin: 0 0 .5rem; }
p, ul { margin: 0 0 .9rem; }
ul { padding-left: 1.4rem; }
.card {
  background: var(--card); border: 1px solid var(--line); border-radius: .75rem;
  padding: 1.25rem; margin: 0 0 1rem;
}
.card > :first-child { margin-top: 0; }
.card > :last-child { margin-bottom: 0; }
.soft { color: var(--soft); }
.phone {
  max-width: 26rem; padding: 1rem 1rem 0; margin-bottom: 1.25rem;
  border: 1px solid var(--soft); border-radius: 2rem;
}
a { color: var(--accent); }
label { display: block; font-weight: 600; margin-bottom: .25rem; }
input {
  width: 100%; font: inherit; color: inherit; background: var(--paper);
  border: 1px solid var(--soft); border-radius: .5rem; padding: .65rem .75rem; margin-bottom: .9rem;
}
button, .button {
  display: inline-block; font: inherit; font-weight: 600; padding: .65rem 1.25rem;
  border: 0; border-radius: .5rem; background: var(--accent); color: var(--on-accent);
  text-decoration: none; cursor: pointer;
}
button.quiet { background: transparent; color: var(--danger); box-shadow: inset 0 0 0 1px var(--danger); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.actions { display: flex; flex-wrap: wrap; gap: .75rem; }
code { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; font-size: .9375rem; }
dl { display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: .25rem 1rem; margin: 0; }
dt, dd { margin: 0; }
@media (max-width: 25rem) {
  .card { padding: 1.1rem; }
  .phone { padding: 0; border: 0; border-radius: 0; }
}
dd { font-variant-numeric: tabular-nums; text-align: right; }
dl.long { display: block; }
dl.long dd { margin: 0 0 .75rem; text-align: left; }
`
