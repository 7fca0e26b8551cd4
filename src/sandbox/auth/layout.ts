import { type Html, html } from './html.ts'

/** No page can load anything from, or send anything to, another origin. */
export const CONTENT_SECURITY_POLICY =
  "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

/** A whole page. */
export function renderPage(title: string, main: Html): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} – simulated Monzo</title>
<link rel="stylesheet" href="/style.css">
</head>
<body>
<header>
<nav aria-label="Simulated Monzo">
<ul>
<li>Simulated Monzo</li>
<li><a href="/mail">Mailbox</a></li>
<li><a href="/phone">Phone</a></li>
</ul>
</nav>
</header>
<main>
<h1>${title}</h1>
${main}
</main>
<footer>Nothing here is real: there is no bank and no money, and no mail is sent. Not made by or for Monzo Bank.</footer>
</body>
</html>
`.text
}
