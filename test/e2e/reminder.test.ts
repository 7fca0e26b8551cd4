import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { it, type TestContext } from 'node:test'
import { eventually, setUp } from './harness.ts'

const DAY_MS = 86_400_000

/** A connected exporter whose consent ends in so many days: its tokens.json says so. */
async function setUpAged(t: TestContext, daysLeft: number, settings = { reminder: 'true' }) {
  const exporter = await setUp(t, { settings: { poll_interval: '60s', ...settings } })
  await exporter.connect()
  await exporter.stop()
  const { tokensFile, clock, sandbox } = exporter
  const file = JSON.parse(await readFile(tokensFile, 'utf8'))
  const endMs = clock.now() + daysLeft * DAY_MS
  file.logins[0].authorized_at = new Date(endMs - 90 * DAY_MS).toISOString()
  await writeFile(tokensFile, JSON.stringify(file))
  const begin = async () => {
    const { stop } = await exporter.start()
    await clock.advance(1000)
    return stop
  }
  const feed = () =>
    sandbox.feed.map(({ accountId, fields }): Record<string, string> => ({ accountId, ...fields }))
  const titles = () => sandbox.feed.map(({ fields }) => fields['title'] ?? '')
  const date = new Date(endMs).toISOString().slice(0, 10)
  return { ...exporter, stopFirst: await begin(), begin, feed, titles, date }
}

it('reminds seven days and one day before consent ends, in the person’s own app', async (t) => {
  const { leap, feed, titles, account, origin, date } = await setUpAged(t, 7.5)
  assert.deepEqual(feed(), [])
  await leap(0.75)
  assert.deepEqual(feed(), [
    {
      accountId: account,
      type: 'basic',
      title: 'Your balance exporter: log in again within 7 days',
      body: `Monzo's consent ends on ${date}. Tap to log in again; have the key (auth_key) at hand.`,
      url: `${origin}/authorize`,
      image_url: `${origin}/assets/icon.png`,
    },
  ])
  await leap(5.5)
  assert.equal(titles().length, 1)
  await leap(0.5)
  assert.equal(titles().at(1), 'Your balance exporter: log in again by tomorrow')
  await leap(3)
  assert.equal(titles().length, 2)
})
it('leads to a page with a form for the key, which leads to Monzo, and has an icon', async (t) => {
  const { leap, sandbox, get, feed } = await setUpAged(t, 7.1)
  await leap(0.25)
  const { url = '', image_url: image = '' }: Record<string, string> = feed()[0] ?? {}
  const page = await get(url)
  assert.equal(page.status, 401)
  assert.match(await page.text(), /<form method="post" action="\/authorize">[\s\S]*name="key"/)
  const body = new URLSearchParams({ key: 'a key with + / & =' })
  const posted = await get(url, { method: 'POST', body })
  assert.equal(posted.status, 303)
  assert.ok(posted.headers.get('location')?.startsWith(sandbox.authUrl))
  const icon = await get(image)
  assert.equal(icon.headers.get('content-type'), 'image/png')
  assert.equal(
    Buffer.from(await icon.arrayBuffer())
      .subarray(1, 4)
      .toString(),
    'PNG',
  )
})
it('does not remind again after a restart once the tokens were refreshed', async (t) => {
  const { leap, titles, stopFirst, begin } = await setUpAged(t, 7.1)
  await leap(2) // tokens live for thirty hours
  assert.equal(titles().length, 1)
  await stopFirst()
  await begin()
  await leap(1)
  assert.equal(titles().length, 1)
})
it('reminds when it was not running on that day', async (t) => {
  const { leap, titles, stopFirst, begin } = await setUpAged(t, 7.1)
  await stopFirst()
  await leap(0.5)
  await begin()
  assert.equal(titles().length, 1)
})
it('tries again when Monzo refuses, says so once, and polls go on meanwhile', async (t) => {
  const { leap, clock, sandbox, value, log, titles } = await setUpAged(t, 7.1)
  sandbox.addFault({ kind: 'status', endpoint: 'POST /feed', status: 500, count: 2 })
  await leap(0.25)
  assert.equal(await value('monzo_up'), 1)
  assert.deepEqual(titles(), [])
  await clock.advance(25 * 60_000)
  await eventually(() => assert.equal(titles().length, 1))
  const lines = log.lines.filter((line) => line.includes('could not be put'))
  assert.equal(lines.length, 1)
})
it('says nothing in the app unless it is asked to', async (t) => {
  const { leap, feed } = await setUpAged(t, 7.1, { reminder: 'false' })
  await leap(7)
  assert.deepEqual(feed(), [])
})
