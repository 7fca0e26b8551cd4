import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { it } from 'node:test'
import { Script } from 'node:vm'

// Of `npm run bundle`, on the Node that made it.

it('is compiled by the code cache beside it', () => {
  const text = readFileSync('dist/bundle/exporter.cjs', 'utf8').replace(/^#!.*/, '')
  const source = `(function (exports, require, module, __filename, __dirname) {${text}\n})`
  const cachedData = readFileSync('dist/bundle/exporter.cache')
  assert.equal(new Script(source, { cachedData }).cachedDataRejected, false)
})
