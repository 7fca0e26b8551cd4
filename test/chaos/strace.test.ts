import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { loadLogins } from '../../src/tokens/token-file.ts'
import { eventually } from '../e2e/harness.ts'
import { createFolder } from '../fakes/world.ts'
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

it('opens no file for writing that is there already, through a whole start, refresh and save', async (t) => {
  if (!hasStrace(t)) return
  const patient = await createPatient(t, 'sam@example.com')
  await patient.logIn()
  const trace = join(await createFolder(t), 'trace')
  const keeper = await patient.startKeeper(1, ['strace', '-f', '-e', 'trace=openat', '-o', trace])
  await keeper.says('done')
  await keeper.kill()
  assert.match(keeper.output(), /^refreshed saved$/m)
  const opened = (await readFile(trace, 'utf8')).split('\n').filter((line) => {
    return line.includes(patient.folder) && /O_WRONLY|O_RDWR/.test(line)
  })
  assert.ok(opened.length >= 2, 'the proof, and the save')
  for (const line of opened) assert.match(line, /O_EXCL/)
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
    { syscall: 'rename', what: 'error=EIO', when: '2' },
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
