/** One column, the system's font, light and dark; readable from 320 px on. */
export const STYLESHEET = `:root {
  color-scheme: light dark;
  --paper: #f6f5f2; --card: #ffffff; --ink: #1d2733; --soft: #55606d; --line: #d5d9de;
  --accent: #0b5e72; --on-accent: #ffffff; --danger: #a3242b;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #12181f; --card: #1b232c; --ink: #eceff2; --soft: #aab4bf; --line: #3a4652;
    --accent: #7cc9dc; --on-accent: #0c1a20; --danger: #ff9da1;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 1rem/1.55 system-ui, sans-serif; overflow-wrap: anywhere;
}
header, main, footer { max-width: 34rem; margin: 0 auto; padding: 0 1rem; }
header { padding-top: 1.25rem; color: var(--soft); }
header nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1rem; margin: 0; padding: 0; list-style: none; }
footer { padding: 2rem 1rem; color: var(--soft); font-size: .875rem; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 1.5rem 0 1rem; }
h2 { font-size: 1.125rem; margin: 0 0 .5rem; }
.card {
  background: var(--card); border: 1px solid var(--line); border-radius: .75rem;
  padding: 1.25rem; margin: 0 0 1rem;
}
.card > :first-child { margin-top: 0; }
.card > :last-child { margin-bottom: 0; }
.soft { color: var(--soft); }
a { color: var(--accent); text-underline-offset: .15em; }
label { display: block; font-weight: 600; margin-bottom: .25rem; }
input {
  width: 100%; font: inherit; color: inherit; background: var(--paper);
  border: 1px solid var(--soft); border-radius: .5rem; padding: .6rem .75rem; margin-bottom: 1rem;
}
button, .button {
  display: inline-block; font: inherit; font-weight: 600; min-height: 2.75rem;
  padding: .55rem 1.25rem; border: 1px solid var(--accent); border-radius: .5rem;
  background: var(--accent); color: var(--on-accent); text-decoration: none; cursor: pointer;
}
button.quiet { background: transparent; color: var(--danger); border-color: var(--danger); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.actions { display: flex; flex-wrap: wrap; gap: .75rem; }
code { font-family: ui-monospace, monospace; font-size: .875em; }
dl { display: grid; grid-template-columns: 1fr auto; gap: .25rem 1rem; margin: 0; }
dt, dd { margin: 0; }
dd { font-variant-numeric: tabular-nums; text-align: right; }
`
