import assert from 'node:assert/strict'
import { it } from 'node:test'
import { playgroundToken } from '../../src/login/playground-token.ts'
import { FakeClock } from '../fakes/clock.ts'

function setup() {
  const clock = new FakeClock('2026-11-27T10:00:00Z')
  const asked: boolean[] = []
  let ended = 0
  let isOver = false
  const source = playgroundToken('t1', {
    clock,
    async isOver() {
      asked.push(isOver)
      return isOver
    },
    onOver: () => ended++,
  })
  return {
    ...{ clock, source, asked },
    ended: () => ended,
    expire: () => {
      isOver = true
    },
  }
}

it('goes on with a token that Monzo refuses in one call only, and asks about it once a minute', async () => {
  const { clock, source, asked, ended } = setup()
  for (let poll = 0; poll < 8; poll++) {
    assert.equal(await source.accessToken(), 't1')
    assert.equal(await source.accessToken('t1'), 't1')
    await clock.sleep(15_000)
  }
  assert.deepEqual(asked, [false, false])
  assert.equal(ended(), 0)
})

it('ends with a token that Monzo refuses altogether', async () => {
  const { clock, source, ended, expire } = setup()
  await source.accessToken('t1')
  expire()
  await clock.sleep(60_000)
  await assert.rejects(source.accessToken('t1'), {
    code: 'REAUTHORIZATION_REQUIRED',
    hint: /copy a new one/,
  })
  assert.equal(ended(), 1)
})

it('asks once for calls that are refused at the same time', async () => {
  const { source, asked } = setup()
  await Promise.all([source.accessToken('t1'), source.accessToken('t1')])
  assert.deepEqual(asked, [false])
})
