import assert from 'node:assert/strict'
import { it, type TestContext } from 'node:test'
import { AppError } from '../../src/lib/errors.ts'
import { removeWebhooks, WebhookKeeper } from '../../src/notices/webhook-keeper.ts'
import { createWebhookUrls } from '../../src/notices/webhook-urls.ts'
import { DrivenClock } from '../fakes/driven-clock.ts'
import { createFakeLog } from '../fakes/log.ts'

const MINUTE_MS = 60_000
const urls = createWebhookUrls(new URL('https://me.example.org'), 'mnzconf.secret')
const OTHERS = { id: 'other', url: 'https://hooks.example.net/' }

function setup(t: TestContext) {
  const clock = new DrivenClock()
  const log = createFakeLog()
  const stopping = new AbortController()
  t.after(() => stopping.abort())
  const keeper = new WebhookKeeper({ clock, log, urls, stopping: stopping.signal })
  const bank = new Map<string, { id: string; url: string }[]>()
  const calls: string[] = []
  const trouble: { error?: AppError; listing?: AppError } = {}
  /** What Monzo lists, beside what is exported. */
  const listed: string[] = []
  let made = 0
  const login = () => ({
    async readAccounts() {
      if (trouble.listing) throw trouble.listing
      return listed.map((id) => ({ id, type: 'uk_retail', closed: false, owner_type: undefined }))
    },
    async listWebhooks(accountId: string) {
      calls.push(`list ${accountId}`)
      if (trouble.error) throw trouble.error
      await clock.sleep(100)
      return bank.get(accountId) ?? []
    },
    async registerWebhook(accountId: string, url: string) {
      calls.push(`register ${accountId}`)
      bank.set(accountId, [...(bank.get(accountId) ?? []), { id: `webhook_${++made}`, url }])
    },
    async deleteWebhook(id: string) {
      calls.push(`delete ${id}`)
      for (const [accountId, list] of bank)
        bank.set(
          accountId,
          list.filter((webhook) => webhook.id !== id),
        )
    },
  })
  const newCalls = () => calls.splice(0)
  return { clock, log, keeper, bank, login, trouble, newCalls, stopping, listed }
}

it('registers one webhook per account, one account after the other', async (t) => {
  const { clock, keeper, bank, login, newCalls, log } = setup(t)
  keeper.keep(login(), ['acc_1', 'acc_2'])
  await clock.advance(1000)
  assert.deepEqual(newCalls(), ['list acc_1', 'register acc_1', 'list acc_2', 'register acc_2'])
  assert.deepEqual(bank.get('acc_2'), [{ id: 'webhook_2', url: urls.urlOf('acc_2') }])
  assert.equal(log.lines.length, 2)
})
it('looks again after an hour, and mends what somebody removed', async (t) => {
  const { clock, keeper, bank, login, newCalls } = setup(t)
  const one = login()
  for (let minute = 0; minute < 59; minute++) {
    keeper.keep(one, ['acc_1'])
    await clock.advance(MINUTE_MS)
  }
  assert.deepEqual(newCalls(), ['list acc_1', 'register acc_1'])
  bank.clear()
  await clock.advance(MINUTE_MS)
  keeper.keep(one, ['acc_1'])
  await clock.advance(MINUTE_MS)
  assert.deepEqual(newCalls(), ['list acc_1', 'register acc_1'])
})
it('asks no more than to list where all is well, and never touches other programs’', async (t) => {
  const { clock, keeper, bank, login, newCalls } = setup(t)
  const listed = [OTHERS, { id: 'ours', url: urls.urlOf('acc_1') }]
  bank.set('acc_1', listed)
  keeper.keep(login(), ['acc_1'])
  await clock.advance(1000)
  assert.deepEqual(newCalls(), ['list acc_1'])
  assert.deepEqual(bank.get('acc_1'), listed)
})
it('registers the new one before it removes the old', async (t) => {
  const { clock, keeper, bank, login, newCalls } = setup(t)
  bank.set('acc_1', [OTHERS, { id: 'old', url: 'https://me.example.org/webhook/old' }])
  keeper.keep(login(), ['acc_1'])
  await clock.advance(1000)
  assert.deepEqual(newCalls(), ['list acc_1', 'register acc_1', 'delete old'])
  assert.deepEqual(
    bank.get('acc_1')?.map(({ id }) => id),
    ['other', 'webhook_1'],
  )
})
it('lets one login look after an account that two of them see, until that one is gone', async (t) => {
  const { clock, keeper, login, newCalls } = setup(t)
  const [sam, robin] = [login(), login()]
  keeper.keep(sam, ['acc_joint'])
  keeper.keep(robin, ['acc_joint', 'acc_robin'])
  await clock.advance(1000)
  assert.deepEqual(newCalls().sort(), [
    ...['list acc_joint', 'list acc_robin', 'register acc_joint', 'register acc_robin'],
  ])
  keeper.forget(sam)
  keeper.keep(robin, ['acc_joint', 'acc_robin'])
  await clock.advance(1000)
  assert.deepEqual(newCalls(), ['list acc_joint'])
})
it('says a failure once, tries again after ten minutes, and says when it is over', async (t) => {
  const { clock, keeper, login, trouble, newCalls, log } = setup(t)
  const one = login()
  trouble.error = new AppError('MONZO_UNAVAILABLE', 'GET /webhooks: 500', {
    hint: 'Nothing to do.',
  })
  const keepFor = async (minutes: number) => {
    for (let minute = 0; minute < minutes; minute++) {
      keeper.keep(one, ['acc_1', 'acc_2'])
      await clock.advance(MINUTE_MS)
    }
  }
  assert.equal(keeper.isFailing, false)
  await keepFor(30)
  assert.equal(keeper.isFailing, true)
  assert.equal(newCalls().length, 6)
  assert.deepEqual(log.lines.splice(0), [
    'warn: A webhook could not be registered, so balances change with the next poll only: GET /webhooks: 500. Nothing to do.',
  ])
  delete trouble.error
  await keepFor(11)
  assert.equal(newCalls().length, 4)
  assert.equal(keeper.isFailing, false)
  assert.equal(log.lines.at(-1), 'info: Webhooks are registered again.')
})
it('removes ours from accounts that are no longer exported, once per start, and nobody else’s', async (t) => {
  const { clock, keeper, bank, login, newCalls, listed } = setup(t)
  const elsewhere = `https://other.example.org/webhook/${urls.secretOf('acc_2')}`
  bank.set('acc_1', [{ id: 'ours', url: urls.urlOf('acc_1') }])
  bank.set('acc_2', [{ id: 'left', url: urls.urlOf('acc_2') }, OTHERS])
  bank.set('acc_3', [{ id: 'theirs', url: elsewhere }])
  listed.push('acc_1', 'acc_2', 'acc_3')
  const one = login()
  keeper.keep(one, ['acc_1'])
  await clock.advance(1000)
  const once = ['list acc_1', 'list acc_2', 'delete left', 'list acc_3']
  assert.deepEqual(newCalls(), once)
  assert.deepEqual(bank.get('acc_2'), [OTHERS])
  await clock.advance(60 * MINUTE_MS)
  keeper.keep(one, ['acc_1'])
  await clock.advance(1000)
  assert.deepEqual(newCalls(), ['list acc_1'])
})
it('keeps those that another login looks after', async (t) => {
  const { clock, keeper, login, newCalls, listed } = setup(t)
  keeper.keep(login(), ['acc_joint'])
  await clock.advance(1000)
  newCalls()
  listed.push('acc_joint', 'acc_robin')
  keeper.keep(login(), ['acc_robin'])
  await clock.advance(1000)
  assert.deepEqual(newCalls(), ['list acc_robin', 'register acc_robin'])
})
it('looks for those left over with the next check when it fails, and says nothing', async (t) => {
  const { clock, keeper, bank, login, trouble, log, listed } = setup(t)
  bank.set('acc_1', [{ id: 'ours', url: urls.urlOf('acc_1') }])
  bank.set('acc_2', [{ id: 'left', url: urls.urlOf('acc_2') }])
  listed.push('acc_2')
  trouble.listing = new AppError('MONZO_UNAVAILABLE', 'GET /accounts: 500', { hint: '' })
  const one = login()
  keeper.keep(one, ['acc_1'])
  await clock.advance(60 * MINUTE_MS)
  assert.deepEqual(log.lines, [])
  delete trouble.listing
  keeper.keep(one, ['acc_1'])
  await clock.advance(1000)
  assert.deepEqual(bank.get('acc_2'), [])
})
it('gives up silently at a shutdown', async (t) => {
  const { keeper, login, trouble, stopping, log } = setup(t)
  trouble.error = new AppError('MONZO_UNAVAILABLE', 'aborted', { hint: '' })
  keeper.keep(login(), ['acc_1'])
  stopping.abort()
  await keeper.settled()
  assert.deepEqual(log.lines, [])
})
it('removes ours from every account, and only ours', async (t) => {
  const { clock, bank, login } = setup(t)
  bank.set('acc_1', [{ id: 'a', url: urls.urlOf('acc_1') }, OTHERS])
  bank.set('acc_2', [{ id: 'b', url: 'https://me.example.org/webhook/old' }])
  const signal = new AbortController().signal
  await clock.until(removeWebhooks(login(), ['acc_1', 'acc_2', 'acc_3'], urls, signal))
  assert.deepEqual([...bank.values()], [[OTHERS], []])
})
