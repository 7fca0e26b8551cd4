import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createWebhookUrls, planWebhooks } from '../../src/notices/webhook-urls.ts'

const BASE = 'https://me.example.org/monzo'
const urls = createWebhookUrls(new URL(`${BASE}/`), 'mnzconf.secret')
const URL_1 = urls.urlOf('acc_1')
const at = (id: string, url: string) => ({ id, url })

describe('The secret of a webhook', () => {
  it('is HMAC-SHA256 of the account under the client secret, in hex', () => {
    // printf %s acc_1 | openssl dgst -sha256 -hmac mnzconf.secret
    assert.equal(
      urls.secretOf('acc_1'),
      'c2ed237df41d0b797c3f0a348b7aa9777a894a70e691b3bce63d3cdc2e514cfb',
    )
  })
  it('is another one for each account and each client secret', () => {
    const other = createWebhookUrls(new URL(BASE), 'mnzconf.other')
    const all = [urls.secretOf('acc_1'), urls.secretOf('acc_2'), other.secretOf('acc_1')]
    assert.equal(new Set(all).size, 3)
    for (const secret of all) assert.match(secret, /^[0-9a-f]{64}$/)
  })
  it('stands behind redirect_uri and its path, with one slash', () => {
    assert.equal(URL_1, `${BASE}/webhook/${urls.secretOf('acc_1')}`)
    const bare = createWebhookUrls(new URL('http://127.0.0.1:8080'), 's')
    assert.match(bare.urlOf('acc_1'), /^http:\/\/127\.0\.0\.1:8080\/webhook\/[0-9a-f]{64}$/)
  })
})

describe('What is to be done about webhooks', () => {
  const cases: [title: string, listed: { id: string; url: string }[], ...(string | string[])[]][] =
    [
      ['registers one where there is none', [], URL_1, []],
      ['keeps the one that is there', [at('a', URL_1)], '', []],
      ['removes duplicates', [at('a', URL_1), at('b', URL_1), at('c', URL_1)], '', ['b', 'c']],
      [
        'replaces one made with an older client secret',
        [at('a', `${BASE}/webhook/${'x'.repeat(43)}`)],
        URL_1,
        ['a'],
      ],
      [
        'replaces one made under another redirect_uri',
        [at('a', `https://old.example.org/webhook/${urls.secretOf('acc_1')}`)],
        URL_1,
        ['a'],
      ],
      [
        'leaves those of other programs alone, on the same host too',
        [
          at('a', 'https://hooks.example.net/monzo'),
          at('b', 'https://me.example.org/webhook/mine'),
          at('c', `${BASE}/webhooks/1`),
          at('d', `${BASE}/webhook/somebody/else`),
          at('e', 'no url at all'),
        ],
        URL_1,
        [],
      ],
    ]
  for (const [title, listed, missing, superfluous] of cases)
    it(title, () => {
      const plan = planWebhooks('acc_1', listed, urls)
      assert.deepEqual(plan, { superfluous, ...(missing === '' ? {} : { missing }) })
    })
})
