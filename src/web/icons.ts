import { type Html, html } from './html.ts'
import type { Level } from './verdict.ts'

/** A coin over a rising line: our own, with nothing of Monzo's. */
export const ICON_SVG = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">
<rect width="32" height="32" rx="7" fill="#0b4f6c"/>
<path d="M5 25l7-7 5 4 10-11" fill="none" stroke="#fff" stroke-width="3" stroke-linecap="round" stroke-linejoin="round"/>
<circle cx="11" cy="9" r="4" fill="#ffb4a8"/>
</svg>
`

/** The same as a PNG of 96 by 96 pixels, in base64, since the Monzo app shows no SVG. */
export const ICON_PNG = [
  'iVBORw0KGgoAAAANSUhEUgAAAGAAAABgBAMAAAAQtmoLAAAAJ1BMVEULT2wLT2wLT2wLT2wLT2xIaHuFgorCm5n/',
  'tKhIe5GFp7bC09r///+kUao/AAAADXRSTlMAQIC/////////////2B4mrQAAAjhJREFUeNrVmE1SAjEQhcHyAJRy',
  'AC29gBYHEAnCEJeUJ9AqD8CCA1jCAVhZs2SjNUuWWboBcihhkpnpJJ3QvbR3U5VvXnfnzU+n1TLRvumJRAzuOy0n',
  'LsTJuIbrLwUh7pr1Z4IUV9X6do8GDKo6uoIYfSsgyNHhCVQSPTowYLSoaVSXA/R5GZU5tQUrOrwSjkWc84AHr+aX',
  '+XLxlq76Fl6OlseYJYBHp0nDpYlpqk0QeLfAZwpABJISEBjXwAcNmNfAggQ0GaVyAsATAF4pwAgAMwowBsDHPwCy',
  'nxWvaKX3rLZKrfWGs3HqAGwZ1pgc1usdw3wFDkTtXQogKUUfoLwENiEQeUSzcn3Y1uhLwAj8YgD6mhmW6/UUBbB4',
  'BiWTAFUCKzIgHQECYATWZMBs2k6QgcIVOAlM4KZRAOgKCpD5AqcAxxUR4Os75gockDBj1xU4oIANPFeggIS3lKFA',
  'ADhG8FyBAeaeto++KzDA3NOmUSACHmAFTKGBKxBA1cAOcUUINAKHhRkq4AIKADp0RQAYgX0OsWkKUDZpILRNfYFk',
  'lfREw2bFAVV3JY8LAEA2XckqYJ0CFGi71JgrXEA6bS9iAg2gnH3N0E2DgPT2NUdc4QDKN47CBSpABsapP/04oFBn',
  'xgGpo0XiQE4WsEBBFoDARvBSogkI8ystyQLVv7eiCgzsOBDbJmQcYA1Zx4GDPdKwhyb2WMYe/PijJXt4ZY/H/AGc',
  'PeKzDxH4xxTsgxD+UQv/MIdxXPQHY0nH58Znw98AAAAASUVORK5CYII=',
].join('')

/** A sign of how something is doing; the word beside it says the same. */
export function renderSign(level: Level): Html {
  return html`<svg viewBox="0 0 24 24" width="24" height="24" aria-hidden="true">${SIGNS[level]}</svg>`
}

const CIRCLE = html`<circle cx="12" cy="12" r="11"/>`
const CLOCK = html`${CIRCLE}<path d="M12 6.5V12l3.5 2.5"/>`
const SIGNS: Readonly<Record<Level, Html>> = {
  good: html`${CIRCLE}<path d="M7 12.5l3.5 3.5L17 9"/>`,
  starting: CLOCK,
  yours: CLOCK,
  fair: html`<path class="solid" d="M12 2L23 21.5H1z"/><path d="M12 9.5v5M12 18v.2"/>`,
  bad: html`${CIRCLE}<path d="M8 8l8 8M16 8l-8 8"/>`,
}
