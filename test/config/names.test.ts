import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { CLIENT, folder } from './folder.ts'

const ACC = 'acc_00009Example'
const TABLE = (example: string) =>
  `expected a table such as ${example}, or outside of config.toml pairs such as id=name, separated by commas, with each id once`
const ACCOUNTS = TABLE('{ acc_0000Example = "Joint" }')
const CATEGORIES = TABLE('{ category_0000Example = "Cats" }')
const CATEGORY = 'expected the id of a category, such as eating_out or category_0000Example'
const OTHER = 'cannot be "other", which is the sum of the smallest categories'

describe('names of accounts and categories', () => {
  it('are tables in config.toml, on a line of their own or at its end', async (t) => {
    const toml = [
      `${CLIENT}account_names = { ${ACC} = "Joint, 🧑‍🚀 & ❤️", acc_2 = "It's" }`,
      '[category_names]',
      'category_0000aBc9 = "Cats"',
      'eating_out = "Food"',
      'constructor = "Building"',
    ]
    const { config } = await folder(t, { 'config.toml': toml.join('\n') }).load()
    assert.deepEqual(config.account_names, { [ACC]: 'Joint, 🧑‍🚀 & ❤️', acc_2: "It's" })
    assert.deepEqual(config.category_names, {
      category_0000aBc9: 'Cats',
      eating_out: 'Food',
      constructor: 'Building',
    })
  })
  it('are pairs elsewhere, of which the higher layer wins as a whole', async (t) => {
    const { load } = folder(t, { 'config.toml': `${CLIENT}account_names = { acc_1 = "One" }` })
    const env = {
      MONZO_EXPORTER_ACCOUNT_NAMES: ` ${ACC} = The joint one,acc_2=a=b,\n`,
      MONZO_EXPORTER_CATEGORY_NAMES: 'eating_out=Food',
    }
    const { config } = await load({ env, flags: { category_names: 'groceries=Food,bills=Home' } })
    assert.deepEqual(config.account_names, { [ACC]: 'The joint one', acc_2: 'a=b' })
    assert.deepEqual(config.category_names, { groceries: 'Food', bills: 'Home' })
  })
  it('are emptied by an empty variable', async (t) => {
    const { load } = folder(t, { 'config.toml': `${CLIENT}account_names = { acc_1 = "One" }` })
    const { config } = await load({ env: { MONZO_EXPORTER_ACCOUNT_NAMES: '' } })
    assert.deepEqual(config.account_names, {})
  })
  const faults: readonly (readonly [toml: string, message: string])[] = [
    ['account_names = "Joint"', `account_names: ${ACCOUNTS}`],
    ['account_names = ["Joint"]', `account_names: ${ACCOUNTS}`],
    ['category_names = 2026-01-01', `category_names: ${CATEGORIES}`],
    [
      'account_names = { user_1 = "Me" }',
      'account_names: user_1: expected the id of an account: "acc_", then letters and digits',
    ],
    [
      'account_names = { acc_xxxxxx = "Me" }',
      'account_names: acc_xxxxxx: is still the placeholder from the example: replace it with your own',
    ],
    ['account_names = { acc_1 = 1 }', 'account_names: acc_1: expected text in quotes'],
    ['account_names = { acc_1 = " " }', 'account_names: acc_1: is empty'],
    [
      'account_names = { acc_1 = "a\\tb" }',
      'account_names: acc_1: has a line break or a tab in it',
    ],
    [
      'account_names = { acc_1 = "Me " }',
      'account_names: acc_1: begins or ends with a space: remove it',
    ],
    ['category_names = { "Eating out" = "Food" }', `category_names: "Eating out": ${CATEGORY}`],
    ['category_names = { Groceries = "Food" }', `category_names: Groceries: ${CATEGORY}`],
    ['category_names = { other = "Rest" }', `category_names: other: ${OTHER}`],
    ['category_names = { bills = "other" }', `category_names: bills: ${OTHER}`],
    [
      '[category_names]\nbills = "Home"\npoll_interval = "15s"',
      'category_names: has poll_interval in it, which is a setting of its own: put [category_names] and its names at the end of the file',
    ],
  ]
  for (const [toml, message] of faults)
    it(`are refused as ${JSON.stringify(toml)}`, async (t) => {
      const { refusal } = folder(t, { 'config.toml': CLIENT + toml })
      assert.equal((await refusal()).message, `config.toml:4: ${message}`)
    })
  it('are refused in variables that are no pairs, or have an id twice', async (t) => {
    const { refusal } = folder(t, { 'config.toml': CLIENT })
    for (const text of ['Joint', 'acc_1', 'acc_1=', '=Joint', 'acc_1=a,acc_1=b', '{acc_1="a"}']) {
      const { message } = await refusal({ env: { MONZO_EXPORTER_ACCOUNT_NAMES: text } })
      assert.match(
        message,
        /^MONZO_EXPORTER_ACCOUNT_NAMES: (?:expected a table|"\{acc_1": expected)/,
      )
    }
    const quoted = await refusal({ flags: { account_names: 'acc_1="Joint"' } })
    assert.match(quoted.message, /^--account-names: acc_1: has quotes around it/)
  })
})
