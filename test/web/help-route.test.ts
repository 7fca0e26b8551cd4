import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { it } from 'node:test'
import { HELP } from '../../src/web/help-entries.ts'
import { renderMarkdown } from '../../src/web/markdown.ts'
import { setupPages } from './fake-site.ts'

it('has a page that says what to do when, its links with the prefix', async (t) => {
  const { get } = await setupPages(t, { publicUrl: new URL('https://example.org/monzo') })
  const { status, text } = await get('/monzo/assets/help')
  assert.equal(status, 200)
  assert.match(text, /<a href="\/monzo\/stats">/)
  assert.match(text, /<a href="\/monzo\/">status page<\/a>/)
  const shown = [...text.matchAll(/<summary>(.*)<\/summary>/g)].map(([, symptom]) => symptom)
  assert.deepEqual(
    shown,
    HELP.flatMap(({ entries }) => entries.map(({ symptom }) => symptom)),
  )
  assert.doesNotMatch(text, /\]\(|\*\*|\.md"/) // Markdown that was left over
})

/** What browsers, Monzo and Prometheus say. */
const OF_OTHERS = [
  'This site can’t be reached',
  'Unable to connect',
  'There was a problem sending you a magic link',
  'connection refused',
  'context deadline exceeded',
  'EOF',
  'server gave HTTP response to HTTPS client',
  'server returned HTTP status 401 Unauthorized',
  'server returned HTTP status 404 Not Found',
  'server returned HTTP status 421 Misdirected Request',
]

it('quotes the program to the letter', () => {
  const files = execFileSync('git', ['ls-files', 'src', 'scripts/dashboards'], { encoding: 'utf8' })
  const sources = files
    .split('\n')
    .filter((path) => path.endsWith('.ts') && !path.endsWith('help-entries.ts'))
    .map((path) => readFileSync(path, 'utf8').replaceAll('’', "'"))
    .join('\n')
  for (const { entries } of HELP)
    for (const { symptom } of entries)
      for (const [, quoted = ''] of symptom.matchAll(/“([^”]+)”/g)) {
        const words = quoted.replace(/ \(E[A-Z]+\)$/, '').replaceAll('’', "'")
        assert.ok(OF_OTHERS.includes(quoted) || sources.includes(words), quoted)
      }
})

it('renders the Markdown of its answers, and escapes what is none', () => {
  const text = `A \`<b>\` & **bold**, *thin*, [here](/x), [docs/a.md](a.md).

1. One
2. [Two](https://example.org)

- Three

\`\`\`sh
a < b
\`\`\``
  assert.equal(
    renderMarkdown(text, '/p').toString(),
    '<p>A <code>&lt;b&gt;</code> &amp; <strong>bold</strong>, <em>thin</em>, <a href="/p/x">here</a>, <code>docs/a.md</code>.</p>' +
      '<ol><li>One</li><li><a href="https://example.org">Two</a></li></ol>' +
      '<ul><li>Three</li></ul><pre tabindex="0">a &lt; b</pre>',
  )
})
