import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'

interface Package {
  readonly engines?: { readonly node?: string }
  readonly dev?: boolean
}
const lock = JSON.parse(readFileSync('package-lock.json', 'utf8'))
const packages: Readonly<Record<string, Package>> = lock.packages
const { engines } = JSON.parse(readFileSync('package.json', 'utf8'))

const numbers = (version: string): readonly number[] =>
  [0, 1, 2].map((index) => Number(version.split('.')[index]?.replace('x', '0') ?? 0))

/** Whether a range of the kinds that our packages use (`^16 || >=18.1`) admits a version. */
function admits(range: string, version: string): boolean {
  return range.split('||').some((part) => {
    const [, sign, least = ''] = /^\s*(\^|>=)\s*([\d.x]+)\s*$/.exec(part) ?? assert.fail(range)
    const [wanted, given] = [numbers(least), numbers(version)]
    const index = [0, 1, 2].find((one) => wanted[one] !== given[one]) ?? 2
    return (given[index] ?? 0) >= (wanted[index] ?? 0) && (sign === '>=' || index > 0)
  })
}

describe('the versions of Node that package.json admits', () => {
  const ranges = Object.entries(packages).flatMap(([name, { dev, engines: its }]) =>
    name === '' || dev || !its?.node ? [] : [its.node],
  )
  for (const version of [
    ...['18.20.0', '20.16.0', '20.17.0', '20.20.2', '21.7.3', '22.0.0', '22.8.0'],
    ...['22.9.0', '22.23.3', '23.0.0', '24.21.0', '26.10.0'],
  ])
    it(`are admitted by every package it runs with, ${version} too if it is one of them`, () => {
      if (!admits(engines.node, version)) return
      for (const range of ranges) assert.ok(admits(range, version), range)
    })
  it('are the same in package-lock.json', () => {
    assert.deepEqual(packages['']?.engines, engines)
  })
})
