/** A coin over a rising line: ours, and nothing of Monzo's. */
export const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">
<rect width="32" height="32" rx="7" fill="#0b4f6c"/>
<path d="M5 25l7-7 5 4 10-11" fill="none" stroke="#fff" stroke-width="3" stroke-linecap="round" stroke-linejoin="round"/>
<circle cx="11" cy="9" r="4" fill="#ffb4a8"/>
</svg>
`
