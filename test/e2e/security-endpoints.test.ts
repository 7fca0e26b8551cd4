import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { describe, it } from 'node:test'
import { ENDPOINTS } from '../../src/monzo/endpoints.ts'
import { setUp } from './harness.ts'

const LISTED = [...readFileSync('docs/security.md', 'utf8').matchAll(/^\| `([A-Z]+) (\/\S+)` \|/gm)]
const CALLS = LISTED.map(([, method, path]) => `${method} ${path}`)

describe('The list of Monzo’s endpoints in docs/security.md', () => {
  it('holds every call that there is, and no other', () => {
    assert.deepEqual([...CALLS].sort(), [...ENDPOINTS].sort())
  })
  it('writes only to log in and out, for webhooks, and for the reminder; never by PUT', () => {
    assert.deepEqual(
      ENDPOINTS.filter((call) => !call.startsWith('GET ')),
      [
        ...['POST /oauth2/token', 'POST /oauth2/logout'],
        ...['POST /webhooks', 'DELETE /webhooks/:id', 'POST /feed'],
      ],
    )
  })
  it('is what logins, polls, refreshes, refusals, notices and an old tokens.json really call', async (t) => {
    const exporter = await setUp(t, { settings: { webhooks: 'true', reminder: 'true' } })
    await exporter.connect()
    await exporter.stop()
    const file = await exporter.tokens()
    const almostNinetyDaysAgo = exporter.clock.now() - 83 * 86_400_000 + 60_000
    file.logins[0].authorized_at = new Date(almostNinetyDaysAgo).toISOString()
    await writeFile(exporter.tokensFile, JSON.stringify(file))
    exporter.sandbox.addWebhook(exporter.account, `${exporter.origin}/webhook/old`)
    const aged = await exporter.start()
    await exporter.clock.advance(120_000)
    await aged.stop()
    await rm(exporter.tokensFile)
    const renewed = await exporter.start()
    await exporter.connect()
    await exporter.connect('robin@example.com')
    exporter.sandbox.expireAccess()
    await exporter.clock.advance(20 * 60_000)
    exporter.sandbox.evict()
    await exporter.clock.advance(60_000)
    await exporter.logIn()
    exporter.sandbox.approve()
    await exporter.clock.advance(60_000)
    await renewed.stop()

    const { access_token, refresh_token } = (await exporter.tokens()).logins.at(-1)
    const rust = { access_token, expires_at: '2026-11-23T09:00:00.123456789Z', refresh_token }
    await writeFile(exporter.tokensFile, JSON.stringify(rust))
    const { stop } = await exporter.start()
    await exporter.clock.advance(60_000)
    await stop()
    await rm(exporter.tokensFile)
    const wrong = await exporter.start({ account_id: 'acc_0000NotOne' })
    await exporter.logIn()
    exporter.sandbox.approve()
    await exporter.clock.advance(60_000)
    await wrong.stop()
    const seen = new Set(exporter.sandbox.requests.map(({ endpoint }) => endpoint))
    assert.deepEqual([...seen].sort(), [...CALLS].sort())
  })
})
