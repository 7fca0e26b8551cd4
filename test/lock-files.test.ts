import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { it } from 'node:test'

const LOCK_FILES = ['package-lock.json', 'test/grafana/package-lock.json']

interface Entry {
  readonly version?: string
  readonly resolved?: string
}

for (const path of LOCK_FILES)
  it(`locks versions of packages, wherever they are fetched from: ${path}`, () => {
    const { packages } = JSON.parse(readFileSync(path, 'utf8')) as {
      packages: Readonly<Record<string, Entry>>
    }
    const entries = Object.entries(packages).filter(([name]) => name !== '')
    assert.ok(entries.length > 100)
    for (const [name, { version, resolved }] of entries) {
      assert.match(version ?? '', /^\d+\.\d+\.\d+/, name)
      assert.equal(resolved, undefined, name) // a host of this machine, or a repository
    }
  })
