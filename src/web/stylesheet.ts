/** One column, the system's font, light and dark; readable from 320 px upward. */
export const STYLESHEET = `:root {
  color-scheme: light dark;
  --ground: #f7f8f9;
  --card: #ffffff;
  --text: #17212b;
  --quiet: #51606e;
  --line: #d5dbe1;
  --accent: #0b4f6c;
  --on-accent: #ffffff;
  --warn: #8a3b00;
  --warn-ground: #fff3e6;
  --bad: #a3142a;
  --good: #146c2e;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #12181e;
    --card: #1b232b;
    --text: #e9eef2;
    --quiet: #a6b3bf;
    --line: #37434e;
    --accent: #8fd0ec;
    --on-accent: #06222f;
    --warn: #ffc58a;
    --warn-ground: #33261a;
    --bad: #ff9ba8;
    --good: #7ddc97;
  }
}
* { box-sizing: border-box; }
html { font: 1.0625rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
body {
  margin: 0 auto;
  padding: 1.25rem 1rem 2rem;
  max-width: 40rem; /* a term, and a moment with its distance, on one line */
  color: var(--text);
  background: var(--ground);
  overflow-wrap: anywhere;
}
a { color: var(--accent); }
a:focus-visible, button:focus-visible, input:focus-visible, summary:focus-visible, pre:focus-visible {
  outline: 3px solid var(--accent);
  outline-offset: 2px;
}
[hidden] { display: none; }
h1 { margin: 0 0 0.75rem; font-size: 1.75rem; line-height: 1.2; text-wrap: balance; }
h1:focus { outline: none; }
h2 { margin: 0 0 0.5rem; font-size: 1.0625rem; }
* + h2 { margin-top: 1.5rem; }
p, ol, ul { margin: 0 0 0.9rem; }
ol, ul { padding-left: 1.4rem; }
li { margin-bottom: 0.35rem; }
.top { margin-bottom: 1.25rem; }
.top a { display: inline-flex; gap: 0.5rem; align-items: center; color: inherit; text-decoration: none; font-weight: 600; }
.bottom { margin-top: 1.5rem; color: var(--quiet); font-size: 0.9375rem; display: flex; flex-wrap: wrap; gap: 0.25rem 1.25rem; }
.card {
  padding: 1.5rem;
  margin-bottom: 1rem;
  background: var(--card);
  border: 1px solid var(--line);
  border-radius: 0.75rem;
}
.card > :last-child { margin-bottom: 0; }
.quiet { color: var(--quiet); }
.phone { max-width: 20rem; margin: 0 0 0.9rem; padding: 0.75rem 1rem; border: 1px solid var(--line); border-radius: 1.25rem; background: var(--ground); }
.phone p { margin: 0.35rem 0 0; }
.phone figcaption { font-size: 0.9375rem; }
.problem, .warning { padding: 0.6rem 0.9rem; border-left: 4px solid var(--warn); background: var(--warn-ground); color: var(--warn); }
.warning { margin-bottom: 1rem; border-radius: 0 0.4rem 0.4rem 0; }
.warning p { margin: 0; }
.verdict { display: flex; gap: 0.5rem; align-items: center; margin-bottom: 0.25rem; font-weight: 700; color: var(--accent); }
.verdict svg { flex: none; fill: currentColor; }
.verdict path { fill: none; stroke: var(--card); stroke-width: 2.5; stroke-linecap: round; stroke-linejoin: round; }
.verdict path.solid { fill: currentColor; stroke: currentColor; stroke-width: 1; }
.good { color: var(--good); }
.fair { color: var(--warn); }
.bad { color: var(--bad); font-weight: 600; }
dl { margin: 0 0 0.9rem; }
dt { color: var(--quiet); font-size: 0.9375rem; }
dd { margin: 0 0 0.5rem; }
.verdict + dl { margin-top: 0.5rem; }
dd ul { margin: 0; padding: 0; list-style: none; }
dd li { display: inline; }
dd li:not(:last-child)::after { content: ', '; }
time, .distance { white-space: nowrap; }
@media (min-width: 36rem) {
  dl { display: grid; grid-template-columns: 11.5rem 1fr; gap: 0.35rem 1rem; }
  dt, dd { margin: 0; font-size: 1rem; }
}
#facts dl { margin-bottom: 0; padding-top: 0.9rem; border-top: 1px solid var(--line); }
form, .card details { margin: 0 0 0.9rem; }
label { display: block; font-weight: 600; margin-bottom: 0.25rem; }
input[type="password"] {
  width: 100%;
  padding: 0.65rem 0.75rem;
  font: inherit;
  color: inherit;
  background: var(--ground);
  border: 1px solid var(--quiet);
  border-radius: 0.5rem;
}
input[aria-invalid="true"] { border-color: var(--bad); border-width: 2px; }
.hint { margin: 0.35rem 0 0.9rem; color: var(--quiet); font-size: 0.9375rem; }
button, .button {
  display: inline-block;
  padding: 0.65rem 1.25rem;
  font: inherit;
  font-weight: 600;
  color: var(--on-accent);
  background: var(--accent);
  border: 0;
  border-radius: 0.5rem;
  text-decoration: none;
  cursor: pointer;
}
.plain { padding: 0.3rem 0.75rem; color: var(--accent); background: none; border: 1px solid var(--line); }
details { margin: 0 0 0.75rem; padding: 0.75rem 1rem; border: 1px solid var(--line); border-radius: 0.75rem; background: var(--card); }
summary { cursor: pointer; font-weight: 600; }
details[open] > summary { margin-bottom: 0.75rem; }
details > :last-child { margin-bottom: 0; }
code, pre { font: 0.9375rem/1.45 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
pre { font-size: 0.875rem; margin: 0 0 0.75rem; padding: 0.75rem; overflow-x: auto; overflow-wrap: normal; background: var(--ground); border: 1px solid var(--line); border-radius: 0.5rem; }
@media (max-width: 25rem) {
  .card { padding: 1.1rem; }
  button, .button { width: 100%; text-align: center; }
  button + button { margin-top: 0.5rem; }
}
@media print { form, .top { display: none; } }
`
