import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { stripExecutable } from '../../scripts/strip-executable.ts'
import { runToEnd } from './executables.ts'

const build = (...args: string[]) =>
  runToEnd(process.execPath, ['--import', 'tsx', 'scripts/build-binary.ts', ...args])

describe('Building the binary for a machine that there is no Node for', () => {
  const cases: [arch: string, sentence: string][] = [
    ['arm', '32-bit ARM is not supported: there is no Node 24 for it. Use --arch arm64.'],
    ['armv7l', '32-bit ARM is not supported: there is no Node 24 for it. Use --arch arm64.'],
    ['mips', 'There is no binary for mips: --arch is one of x64, arm64.'],
  ]
  for (const [arch, sentence] of cases)
    it(`says so of ${arch} in one sentence, and fails`, () => {
      const { status, stdout, stderr } = build('--arch', arch)
      assert.deepEqual([status, stdout, stderr], [64, '', `${sentence}\n`])
    })
  it('says which flags there are', () => {
    const { status, stderr } = build('--architecture', 'arm64')
    assert.equal(status, 64)
    assert.match(stderr, /^Unknown option '--architecture'/)
  })
})

describe('stripExecutable', () => {
  it('keeps what the program headers speak of, and forgets the sections', () => {
    const file = executable({ segment: [200, 100], bytes: 500 })
    const stripped = stripExecutable(file)
    assert.equal(stripped.length, 300)
    assert.deepEqual(stripped.subarray(64), file.subarray(64, 300))
    assert.equal(stripped.readBigUInt64LE(40), 0n)
    assert.deepEqual([stripped.readUInt16LE(60), stripped.readUInt16LE(62)], [0, 0])
  })
  it('refuses what is no executable for a 64-bit Linux', () => {
    assert.throws(() => stripExecutable(Buffer.from('#!/bin/sh\n')), /not an executable/)
  })
})

/** One that does nothing: a header, one program header at 64, and a table of sections at 400. */
function executable({ segment: [at = 0, size = 0], bytes }: { segment: number[]; bytes: number }) {
  const file = Buffer.alloc(bytes, 'x')
  file.write('\x7fELF\x02\x01', 0, 'latin1')
  file.writeBigUInt64LE(64n, 32)
  file.writeBigUInt64LE(400n, 40)
  file.writeUInt16LE(56, 54)
  file.writeUInt16LE(1, 56)
  file.writeUInt16LE(7, 60)
  file.writeUInt16LE(6, 62)
  file.writeBigUInt64LE(BigInt(at), 64 + 8)
  file.writeBigUInt64LE(BigInt(size), 64 + 32)
  return file
}
