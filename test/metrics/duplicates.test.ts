import assert from 'node:assert/strict'
import { it } from 'node:test'
import { renderExposition, withoutDuplicates } from '../../src/metrics/exposition.ts'
import type { LoginReading } from '../../src/readings/snapshot.ts'
import { ACCOUNT, EMPTY, FULL, LOGIN } from './readings.ts'

const POT = { potId: 'pot_1', potName: 'Rain', currency: 'GBP', balanceMinor: 1 }
const UNKNOWN: LoginReading = { state: 'awaiting_approval', isUp: false }

it('changes nothing where nothing is there twice', () => {
  assert.deepEqual(withoutDuplicates(FULL), {
    ...FULL,
    accounts: FULL.accounts.map((account) => ({ pots: undefined, ...account })),
  })
})
it('exports an account that is there twice once, as it came first', () => {
  const accounts = [ACCOUNT, { ...ACCOUNT, balanceMinor: 5, accountType: 'uk_retail_joint' }]
  const [account, ...others] = withoutDuplicates({ ...EMPTY, accounts }).accounts
  assert.equal(account?.balanceMinor, ACCOUNT.balanceMinor)
  assert.deepEqual(others, [])
})
it('exports the past of an account that is there twice once', () => {
  const { pasts } = withoutDuplicates({ ...FULL, pasts: [...FULL.pasts, ...FULL.pasts] })
  assert.deepEqual(pasts, FULL.pasts)
})
it('exports a pot that is there twice once, whatever its name', () => {
  const accounts = [{ ...ACCOUNT, pots: [POT, { ...POT, potName: 'Sun' }] }]
  assert.deepEqual(withoutDuplicates({ ...EMPTY, accounts }).accounts[0]?.pots, [POT])
})
it('exports once what differs by characters that cannot be written', async () => {
  const pots = [POT, { ...POT, potId: 'pot_\uD800' }, { ...POT, potId: 'pot_\uDFFF' }]
  const accounts = ['acc_\uD800', 'acc_\uD801', 'acc_\uFFFD'].map((accountId) => ({
    ...ACCOUNT,
    ...{ accountId, pots },
  }))
  const logins = ['\uD800', '\uDFFF'].map((userId) => ({ ...LOGIN, userId }))
  const { text } = await renderExposition({ ...EMPTY, accounts, logins }, [])
  const series = text.plain.toString().match(/^\w.*(?= )/gm) ?? []
  assert.ok(series.length > 5)
  assert.deepEqual([...new Set(series)], series)
})

const required = { ...LOGIN, state: 'reauthorization_required', isUp: false } as const
const cases: [title: string, logins: LoginReading[], left: LoginReading[]][] = [
  ['two logins of one user are the one that may need a person', [LOGIN, required], [required]],
  ['it is the same one whichever of the two comes first', [required, LOGIN], [required]],
  ['two alike are the first', [LOGIN, { ...LOGIN, lastPollAtMs: 1 }], [LOGIN]],
  ['logins of unknown users are one', [UNKNOWN, { ...UNKNOWN, isUp: true }], [UNKNOWN]],
  ['a known user stays beside an unknown one', [UNKNOWN, LOGIN], [UNKNOWN, LOGIN]],
]
for (const [title, logins, left] of cases) {
  it(title, () => assert.deepEqual(withoutDuplicates({ ...EMPTY, logins }).logins, left))
}
