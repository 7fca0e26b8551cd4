import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { broken, type Promised, promised } from '../../scripts/promised.ts'

const FOLDER = 'test/promised'
const { version } = JSON.parse(readFileSync('package.json', 'utf8'))
const majorOf = (name: string) => name.split('.')[0]
const releases = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.json') && majorOf(name) === majorOf(version))
  .map((name) => name.replace('.json', ''))

describe('What releases have promised (docs/upgrading.md)', () => {
  it('is written down for this major version', () => {
    assert.notDeepEqual(releases, [], 'run `npm run promised`')
  })
  for (const release of releases)
    it(`still holds as of ${release}`, () => {
      const before: Promised = JSON.parse(readFileSync(`${FOLDER}/${release}.json`, 'utf8'))
      assert.deepEqual(broken(before, promised()), [])
    })
})

describe('broken', () => {
  const before = { metrics: { monzo_up: 'gauge', monzo_balance: 'gauge account_id' } }
  it('finds what is gone, and what is different', () => {
    assert.deepEqual(broken(before, { metrics: { monzo_balance: 'counter account_id' } }), [
      'metrics: monzo_up was "gauge" and is gone',
      'metrics: monzo_balance was "gauge account_id" and is "counter account_id"',
    ])
  })
  it('has nothing against what is new', () => {
    const more = { ...before, settings: { a: 'b' }, metrics: { ...before.metrics, more: 'gauge' } }
    assert.deepEqual(broken(before, more), [])
  })
})
