import assert from 'node:assert/strict'
import { mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { lookAtTokensFile } from '../../src/cli/doctor/files.ts'
import { recoverLogins } from '../../src/tokens/leftovers.ts'
import { proveWritable } from '../../src/tokens/proof-of-room.ts'
import { loadLogins, makePrivate, renderTokens, tokensBytes } from '../../src/tokens/token-file.ts'
import { saveLogins } from '../../src/tokens/token-save.ts'
import { trustIn } from '../../src/tokens/trust.ts'
import { createFolder } from '../fakes/world.ts'
import { scratchFolder, tinyDisk } from './mounts.ts'

/** Larger than a page, so that an almost full disk takes the first part of it. */
const LOGIN = {
  user_id: 'user_1',
  access_token: 'a'.repeat(3000),
  refresh_token: 'r'.repeat(3000),
  expires_at: '2026-11-22T10:00:00.000Z',
}

const FOUR_PAGES = 16 * 1024

describe('On a real disk that is full', () => {
  for (const freePages of [0, 1])
    it(`with ${freePages} pages free, neither proof nor save succeeds, and the file stays whole`, async (t) => {
      const disk = await tinyDisk(t, 2 * FOUR_PAGES)
      if (!disk) return
      const path = join(disk.folder, 'tokens.json')
      await saveLogins(path, [LOGIN])
      disk.fill(freePages)
      const full = { code: 'TOKENS_UNWRITABLE', message: /the disk is full \(ENOSPC\)/ }
      await assert.rejects(proveWritable(path, tokensBytes([LOGIN])), full)
      await assert.rejects(saveLogins(path, [{ ...LOGIN, user_id: 'user_2' }]), full)
      assert.deepEqual(await loadLogins(path), [LOGIN])
      assert.deepEqual((await readdir(disk.folder)).sort(), ['filler', 'tokens.json'])
      await disk.empty()
      await proveWritable(path, tokensBytes([LOGIN]))
      assert.deepEqual(await readdir(disk.folder), ['tokens.json'])
    })
})

it('says that a file system is read-only', async (t) => {
  const disk = await tinyDisk(t, FOUR_PAGES)
  if (!disk) return
  const path = join(disk.folder, 'tokens.json')
  disk.remount('ro')
  const expected = {
    code: 'TOKENS_UNWRITABLE',
    message: `${path} can't be written: the file system is read-only (EROFS)`,
  }
  await assert.rejects(proveWritable(path, tokensBytes([LOGIN])), expected)
  await assert.rejects(saveLogins(path, [LOGIN]), expected)
})

it('finds out before a refresh that a file mounted alone cannot be replaced', async (t) => {
  const { folder, mountAlone } = await scratchFolder(t)
  const path = join(folder, 'tokens.json')
  await saveLogins(path, [LOGIN])
  if (!mountAlone(path)) return
  const before = await readFile(path, 'utf8')
  const expected = {
    code: 'TOKENS_UNWRITABLE',
    message: /it is busy \(a single bind-mounted file\? mount its folder instead\) \(EBUSY\)/,
    hint: /Mount the folder that holds it instead of the file alone/,
  }
  await assert.rejects(proveWritable(path, tokensBytes([LOGIN])), expected)
  assert.deepEqual(await readdir(folder), ['tokens.json'])
  await assert.rejects(saveLogins(path, [{ ...LOGIN, user_id: 'user_2' }]), expected)
  assert.equal(await readFile(path, 'utf8'), before)
})

it('finds out before a refresh that a file of another file system is mounted there', async (t) => {
  const { folder, run } = await scratchFolder(t)
  const disk = await tinyDisk(t, FOUR_PAGES)
  if (!disk) return
  const path = join(folder, 'tokens.json')
  await saveLogins(path, [LOGIN])
  const other = join(disk.folder, 'tokens.json')
  await saveLogins(other, [LOGIN])
  if (!run('mount', ['--bind', other, path], ['umount', path])) return
  await assert.rejects(proveWritable(path, tokensBytes([LOGIN])), { message: /\(EBUSY\)$/ })
})

it('refreshes on an overlay of two file systems, such as a Raspberry Pi whose card is read-only', async (t) => {
  const { folder, run } = await scratchFolder(t)
  const disk = await tinyDisk(t, 4 * FOUR_PAGES)
  if (!disk) return
  const [lower, merged] = [join(folder, 'lower'), join(folder, 'merged')]
  const [upper, work] = [join(disk.folder, 'upper'), join(disk.folder, 'work')]
  for (const one of [lower, merged, upper, work]) await mkdir(one)
  await saveLogins(join(lower, 'tokens.json'), [LOGIN])
  const options = `lowerdir=${lower},upperdir=${upper},workdir=${work}`
  if (!run('mount', ['-t', 'overlay', '-o', options, 'none', merged], ['umount', merged])) return
  const path = join(merged, 'tokens.json')
  await proveWritable(path, tokensBytes([LOGIN]))
  await saveLogins(path, [{ ...LOGIN, user_id: 'user_2' }])
  await proveWritable(path, tokensBytes([LOGIN]))
  assert.equal((await loadLogins(path))?.[0]?.user_id, 'user_2')
  assert.deepEqual(await readdir(merged), ['tokens.json'])
})

it('says of a disk without permissions that it keeps none, and takes up there what a kill left', async (t) => {
  const { folder, run } = await scratchFolder(t)
  const [disk, mounted] = [join(folder, 'disk'), join(folder, 'mounted')]
  for (const one of [disk, mounted]) await mkdir(one)
  const options = ['--perms=0777', '--chmod-ignore']
  if (!run('bindfs', [...options, disk, mounted], ['umount', mounted])) return
  const path = join(mounted, 'tokens.json')
  await saveLogins(path, [LOGIN])
  assert.match((await trustIn(path)).warning?.todo ?? '', /keeps no permissions/)
  assert.match((await makePrivate(path)) ?? '', /keeps no permissions/)
  const { findings } = await lookAtTokensFile(path)
  const advice = findings.flatMap((finding) => finding.todo ?? [])
  assert.match(advice.join('\n'), /keeps no permissions/)
  assert.doesNotMatch(advice.join('\n'), /chmod/)
  // As a kill between writing and renaming leaves it.
  await setTimeout(5)
  await writeFile(`${path}.1`, renderTokens([{ ...LOGIN, user_id: 'user_2' }]))
  assert.equal((await recoverLogins(path))?.[0]?.user_id, 'user_2')
})

it('finds out before a refresh that a file is immutable', async (t) => {
  const { folder, makeImmutable } = await scratchFolder(t)
  const path = join(folder, 'tokens.json')
  await saveLogins(path, [LOGIN])
  await proveWritable(path, tokensBytes([LOGIN]))
  if (!makeImmutable(path)) return
  await assert.rejects(proveWritable(path, tokensBytes([LOGIN])), {
    message: /operation not permitted \(EPERM\)/,
  })
  assert.deepEqual(await readdir(folder), ['tokens.json'])
})

it('keeps the owner of the file when root saves it', async (t) => {
  const { folder, run } = await scratchFolder(t)
  const path = join(folder, 'tokens.json')
  await saveLogins(path, [LOGIN])
  if (!run('chown', ['12345:12345', path])) return
  await saveLogins(path, [LOGIN])
  const { uid, gid, mode } = await stat(path)
  assert.deepEqual([uid, gid, mode & 0o777], [12345, 12345, 0o600])
})

it('writes through a link to where the file really is', async (t) => {
  const folder = await createFolder(t)
  await mkdir(join(folder, 'data'))
  const real = join(folder, 'data', 'tokens.json')
  await writeFile(real, '')
  await symlink(real, join(folder, 'tokens.json'))
  await proveWritable(join(folder, 'tokens.json'), tokensBytes([LOGIN]))
  await saveLogins(join(folder, 'tokens.json'), [LOGIN])
  assert.deepEqual(await loadLogins(real), [LOGIN])
  assert.deepEqual(await readdir(join(folder, 'data')), ['tokens.json'])
})
