import assert from 'node:assert/strict'
import { it } from 'node:test'
import { createWebhookUrls } from '../../src/notices/webhook-urls.ts'
import { SANDBOX_CLIENT } from '../../src/sandbox/sandbox.ts'
import { eventually, setUp } from './harness.ts'

const KEY = 'a key with + / & ='

it('tells which accounts are exported, who asks for them, and how tokens, webhooks and history are', async (t) => {
  const exporter = await setUp(t, { settings: { webhooks: 'true', history: 'true' } })
  const { get, clock, origin, account } = exporter
  const page = async () => (await get('/')).text()
  await exporter.connect()
  await clock.advance(60_000)
  assert.match(await page(), /<li>Current account<\/li><li>Joint account<\/li>/)
  assert.match(await page(), /<dt>Tokens<\/dt><dd>Safe on disk</)
  assert.match(await page(), /<dt>Webhooks<\/dt><dd>On, nothing delivered since the start</)
  await exporter.stats()
  assert.match(await page(), /<dt>Prometheus<\/dt><dd>Last scrape /)
  const { secretOf } = createWebhookUrls(new URL(origin), SANDBOX_CLIENT.clientSecret)
  await fetch(`${origin}/webhook/${secretOf(account)}`, { method: 'POST', body: '{}' })
  assert.match(await page(), /<dt>Webhooks<\/dt><dd>On, last delivery /)
  await eventually(async () =>
    assert.match(
      await page(),
      /<dt>History<\/dt><dd>\d,\d{3} transactions; everything since \d+ Aug 2023 is known</,
    ),
  )
  assert.match(await page(), /<p class="verdict good">/)
})

it('shows the ids of accounts and categories after the key, with the names they have', async (t) => {
  const settings = { category_names: 'groceries=Food' }
  const { connect, clock, get, account } = await setUp(t, { settings })
  await connect()
  await clock.advance(60_000)
  const ask = async (key: string) =>
    (
      await get('/authorize', { method: 'POST', body: new URLSearchParams({ key, show: 'ids' }) })
    ).text()
  await eventually(async () => {
    const text = (await ask(KEY)).replaceAll('&quot;', '"')
    assert.ok(text.includes(`\n${account} = "Current account"\n`))
    assert.match(text, /\n\[category_names\]\n# \w+ = ""\n/)
    assert.ok(text.includes('\ngroceries = "Food"\n'))
  })
  assert.doesNotMatch(await ask('another key'), /acc_/)
})
