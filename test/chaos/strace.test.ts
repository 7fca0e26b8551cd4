import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { loadLogins } from '../../src/tokens/token-file.ts'
import { eventually } from '../e2e/harness.ts'
import {
  hasStrace,
  type Injection,
  inWords,
  killAtEach,
  SOME_STEPS,
  startInjected,
} from './inject.ts'
import { createPatient, createTally } from './kills.ts'

it('can be killed at every step of a refresh, and goes on with what is on disk', async (t) => {
  if (!hasStrace(t)) return
  const patient = await createPatient(t, 'sam@example.com')
  const tally = createTally()
  await killAtEach(patient, SOME_STEPS, tally)
  t.diagnostic(JSON.stringify(tally))
  assert.deepEqual(tally.violations, [])
  assert.ok(tally.recovered > 0, 'no kill came between saving and renaming')
})

describe('A disk that fails', () => {
  const cases: readonly (readonly [Injection, said: RegExp])[] = [
    [{ syscall: 'fsync', what: 'error=EIO', when: '1' }, /the disk reports an error \(EIO\)/],
    [{ syscall: 'pwrite64', what: 'error=ENOSPC', when: '1' }, /the disk is full \(ENOSPC\)/],
    [{ syscall: 'rename', what: 'error=EXDEV', when: '1' }, /it crosses file systems \(EXDEV\)/],
  ]
  for (const [injection, said] of cases)
    it(`before a refresh, with ${inWords(injection)}, costs no token`, async (t) => {
      if (!hasStrace(t)) return
      const patient = await createPatient(t, 'sam@example.com')
      await patient.logIn()
      const keeper = await startInjected(patient, injection, 1)
      await keeper.says(injection.what.slice('error='.length))
      assert.match(keeper.output(), said)
      await keeper.kill()
      const next = await patient.startKeeper(1)
      await next.says('done')
      await next.kill()
      assert.match(next.output(), /^refreshed saved$/m)
      assert.deepEqual(patient.wire.refused, [])
    })
  for (const injection of [
    { syscall: 'fsync', what: 'error=EIO', when: '3' },
    { syscall: 'fsync', what: 'error=EIO', when: '4' },
    { syscall: 'pwrite64', what: 'error=ENOSPC', when: '2' },
    { syscall: 'rename', what: 'error=EIO', when: '4' },
  ] as const)
    it(`after a refresh, with ${inWords(injection)}, loses nothing: it is saved later`, async (t) => {
      if (!hasStrace(t)) return
      const patient = await createPatient(t, 'sam@example.com')
      await patient.logIn()
      const keeper = await startInjected(patient, injection, 1)
      await keeper.says('done')
      assert.match(keeper.output(), /^refreshed unsaved$/m)
      assert.match(keeper.output(), /error: New tokens are only in memory: .*\((?:EIO|ENOSPC)\)/)
      await keeper.says('holds the newest tokens again')
      await eventually(async () => {
        const [login] = (await loadLogins(patient.path)) ?? []
        assert.equal(login?.refresh_token, patient.wire.exchanges.at(-1)?.given)
      })
      await keeper.kill()
    })
})
