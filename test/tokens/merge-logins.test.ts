import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { mergeLogins } from '../../src/tokens/merge-logins.ts'
import type { StoredLogin } from '../../src/tokens/schemas.ts'

/** `sam2`: Sam's second tokens; the same login, two hours later. */
const login = (name: string, changes: Partial<StoredLogin> = {}): StoredLogin => ({
  user_id: name.slice(0, -1),
  access_token: `a-${name}`,
  refresh_token: `r-${name}`,
  expires_at: `2026-01-01T${10 + Number(name.at(-1))}:00:00.000Z`,
  authorized_at: '2026-01-01T00:00:00.000Z',
  ...changes,
})
const held = (stored: StoredLogin, isOver = false) => ({ stored, isOver })
/** What we go on with. */
function merged(
  base: readonly StoredLogin[],
  theirs: readonly StoredLogin[],
  ours: readonly { stored: StoredLogin; isOver: boolean }[],
) {
  const { kept, added } = mergeLogins(base, theirs, ours)
  return [...kept.map((one) => one.renewed ?? one.login.stored), ...added].map((one) =>
    one.access_token.slice(2),
  )
}

describe('mergeLogins', () => {
  it('takes newer tokens of a login, as another instance writes them', () =>
    assert.deepEqual(merged([login('sam1')], [login('sam2')], [held(login('sam1'))]), ['sam2']))
  it('takes another login of the same person, though its tokens expire sooner', () => {
    const anew = login('sam1', { authorized_at: '2026-02-01T00:00:00.000Z' })
    assert.deepEqual(merged([login('sam2')], [anew], [held(login('sam2'))]), ['sam1'])
  })
  it('keeps what works instead of an older copy, whose one-time token is used up', () =>
    assert.deepEqual(merged([login('sam2')], [login('sam1')], [held(login('sam2'))]), ['sam2']))
  it('tries even an older copy when nothing works any more', () =>
    assert.deepEqual(merged([login('sam2')], [login('sam1')], [held(login('sam2'), true)]), [
      'sam1',
    ]))
  it('takes a file that does not tell whose tokens they are', () => {
    const { access_token, refresh_token, expires_at } = login('sam3')
    const rust = { access_token, refresh_token, expires_at }
    assert.deepEqual(merged([login('sam1')], [rust], [held(login('sam1'))]), ['sam3'])
  })
  it('adds who is new, and lets go who was taken out', () => {
    const base = [login('sam1'), login('robin1')]
    const ours = base.map((one) => held(one))
    assert.deepEqual(merged(base, [login('sam1'), login('alex1')], ours), ['sam1', 'alex1'])
  })
  it('keeps a login that could not be saved yet', () =>
    assert.deepEqual(merged([], [login('robin1')], [held(login('sam1'))]), ['sam1', 'robin1']))
  it('keeps our refresh when only another login was changed', () => {
    const base = [login('sam1'), login('robin1')]
    const ours = [held(login('sam2')), held(login('robin1'))]
    assert.deepEqual(merged(base, [login('sam1'), login('robin2')], ours), ['sam2', 'robin2'])
  })
  it('does not bring back a login that we removed', () => {
    const base = [login('sam1'), login('robin1')]
    assert.deepEqual(merged(base, base, [held(login('sam1'))]), ['sam1'])
  })
})

const anyLogin = fc
  .tuple(fc.constantFrom('sam', 'robin', 'alex'), fc.integer({ min: 1, max: 4 }))
  .map(([name, n]) => login(`${name}${n}`))
const anyFile = fc.uniqueArray(anyLogin, { selector: ({ user_id }) => user_id })

it('never invents tokens, never doubles a login, and is settled after one round', () => {
  fc.assert(
    fc.property(anyFile, anyFile, anyFile, (base, theirs, ours) => {
      const { kept, added } = mergeLogins(
        base,
        theirs,
        ours.map((one) => held(one)),
      )
      const result = [...kept.map((one) => one.renewed ?? one.login.stored), ...added]
      for (const one of result)
        assert.ok([...theirs, ...ours].some((other) => other.access_token === one.access_token))
      assert.equal(new Set(result.map(({ user_id }) => user_id)).size, result.length)
      const again = mergeLogins(
        result,
        result,
        result.map((one) => held(one)),
      )
      assert.ok(again.added.length === 0 && again.kept.every(({ renewed }) => !renewed))
    }),
  )
})
it('keeps every login of ours that the file never held', () => {
  fc.assert(
    fc.property(anyFile, anyLogin, (theirs, mine) => {
      const others = theirs.filter(({ user_id }) => user_id !== mine.user_id)
      const { kept } = mergeLogins([], others, [held(mine)])
      assert.deepEqual(kept, [{ login: held(mine) }])
    }),
  )
})
