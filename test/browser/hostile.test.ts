import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import type { Page } from 'playwright-core'
import { serve } from '../fakes/serve.ts'
import { openBrowser } from './browser.ts'
import { showsHeading } from './clicks.ts'
import { KEY, startSite } from './site.ts'

const RIGHT = `/authorize?${new URLSearchParams({ key: KEY })}`

/** Without a policy of ours: a hostile page was loaded from elsewhere, before its name was rebound. */
async function openHostile(t: TestContext, rules?: string): Promise<Page | undefined> {
  const args = rules === undefined ? [] : [`--host-resolver-rules=${rules}`]
  const browser = await openBrowser(t, args)
  return browser?.newPage({ bypassCSP: true })
}

describe('A page that means no good, in the browser of the owner', () => {
  it('reads nothing after it has rebound its own name to 127.0.0.1', async (t) => {
    const site = await startSite(t)
    const page = await openHostile(t, 'MAP evil.example 127.0.0.1')
    if (!page) return
    const { port } = new URL(site.listening)
    const evil = `http://evil.example:${port}`
    assert.equal((await page.goto(`${evil}/stats`))?.status(), 421)
    const read = await page.evaluate(
      async (addresses) => {
        const replies = addresses.map(async (address) => {
          const reply = await fetch(address)
          return `${reply.status} ${await reply.text()}`
        })
        return Promise.all(replies)
      },
      ['/stats', '//stats', '/metrics', '/', '/-/ready', '/login/1', RIGHT].map(
        (path) => evil + path,
      ),
    )
    for (const text of read) assert.match(text, /^421 This listener is for its own machine/)
    assert.equal((await page.goto(`http://localhost:${port}/stats`))?.status(), 200)
  })

  it('frames neither the metrics nor a page', async (t) => {
    const site = await startSite(t)
    const page = await openHostile(t)
    if (!page) return
    const frames = ['/stats', '/', '/authorize'].map(
      (path) => `<iframe src="${site.origin}${path}"></iframe>`,
    )
    const hostile = await serve(t, (_request, response) => {
      response.setHeader('content-type', 'text/html')
      response.end(frames.join(''))
    })
    await page.goto(hostile.replace('127.0.0.1', 'localhost'), { waitUntil: 'load' })
    const texts = await Promise.all(
      page
        .frames()
        .slice(1)
        .map((frame) => frame.content()),
    )
    assert.equal(texts.length, 3)
    for (const text of texts) assert.doesNotMatch(text, /monzo_|Enter the key|Nobody is logged in/)
  })

  it('cannot lock the owner out with images, frames, scripts or calls that hold wrong keys', async (t) => {
    const site = await startSite(t)
    const page = await openHostile(t)
    if (!page) return
    const wrong = (n: number) => `${site.origin}/authorize?key=w${n}`
    const parts = Array.from({ length: 10 }, (_, n) =>
      [
        `<img src="${wrong(n)}i"><iframe src="${wrong(n)}f"></iframe><script src="${wrong(n)}s"></script>`,
        `<link rel="stylesheet" href="${wrong(n)}c"><link rel="prefetch" href="${wrong(n)}p">`,
        `<object data="${wrong(n)}o"></object><script>fetch("${wrong(n)}e",{mode:"no-cors"})</script>`,
        `<script type="speculationrules">{"prefetch":[{"urls":["${wrong(n)}r"],"eagerness":"immediate"}]}</script>`,
      ].join(''),
    )
    const hostile = await serve(t, (_request, response) => {
      response.setHeader('content-type', 'text/html')
      response.end(`<!doctype html>${parts.join('')}`)
    })
    const asked = new Set<string>()
    page.on('request', (request) => asked.add(request.url()))
    await page.goto(hostile.replace('127.0.0.1', 'localhost'), { waitUntil: 'load' })
    for (const kind of 'ifsceo') assert.ok(asked.has(`${wrong(9)}${kind}`), kind)
    await page.goto(site.origin + RIGHT)
    await showsHeading(page, 'Log in to Monzo')
  })
})
