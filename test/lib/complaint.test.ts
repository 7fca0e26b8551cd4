import assert from 'node:assert/strict'
import { it } from 'node:test'
import { createComplaint, inOneLine } from '../../src/lib/complaint.ts'
import { AppError, type ErrorCode } from '../../src/lib/errors.ts'
import { FakeClock } from '../fakes/clock.ts'

const failure = (code: ErrorCode, errno?: string, message = 'It failed') =>
  new AppError(code, message, {
    hint: 'Wait.',
    cause: errno && Object.assign(new Error(), { code: errno }),
  })

function setup() {
  const clock = new FakeClock()
  const said: string[] = []
  const complaint = createComplaint(clock)
  return {
    clock,
    said,
    fails: (error: Error) => complaint.fails(error, () => said.push(inOneLine(error))),
    works: () => complaint.works(() => said.push('works')),
  }
}

it('says a failure once, on change, then hourly, and that it is over', async () => {
  const { clock, said, fails, works } = setup()
  works()
  for (let n = 0; n < 10; n++) fails(failure('MONZO_UNAVAILABLE', undefined, `attempt ${n}`))
  fails(failure('TOKENS_UNWRITABLE', 'ENOSPC', 'full'))
  fails(failure('TOKENS_UNWRITABLE', 'EROFS', 'read-only'))
  assert.deepEqual(said.splice(0), ['attempt 0. Wait.', 'full. Wait.', 'read-only. Wait.'])
  await clock.sleep(3_600_000)
  fails(failure('TOKENS_UNWRITABLE', 'EROFS', 'read-only'))
  works()
  works()
  assert.deepEqual(said, ['read-only. Wait.', 'works'])
})
it('makes no flood of a failure that comes and goes', async () => {
  const { clock, said, fails, works } = setup()
  for (let n = 0; n < 240; n++) {
    fails(failure(n % 2 ? 'MONZO_UNAVAILABLE' : 'MONZO_UNREADABLE'))
    works()
    await clock.sleep(15_000)
  }
  assert.deepEqual(said, ['It failed. Wait.', 'works', 'It failed. Wait.', 'works'])
})
it('says again what comes to stay after it was said to work', async () => {
  const { clock, said, fails, works } = setup()
  fails(failure('MONZO_UNAVAILABLE'))
  works()
  const spokeAtMin: number[] = []
  for (let minute = 1; minute <= 60; minute++) {
    await clock.sleep(60_000)
    const before = said.length
    fails(failure('MONZO_UNAVAILABLE'))
    if (said.length > before) spokeAtMin.push(minute)
  }
  assert.deepEqual(spokeAtMin, [15])
  assert.equal(said.at(-1), 'It failed. Wait.')
})
it('says at most eight lines an hour of what lasts six minutes and is over for one', async () => {
  const { clock, said, fails, works } = setup()
  for (let minute = 0; minute < 600; minute++) {
    if (minute % 7 === 6) works()
    else fails(failure('MONZO_UNAVAILABLE'))
    await clock.sleep(60_000)
  }
  assert.ok(said.length > 20 && said.length <= 80, `${said.length} lines in ten hours`)
})
it('takes all that is unexpected for one failure', () => {
  const { said, fails } = setup()
  fails(new TypeError('one'))
  fails(new RangeError('two'))
  assert.deepEqual(said, ['TypeError: one'])
})
