import { readFileSync, writeFileSync } from 'node:fs'
import { promised } from './promised.ts'

// Run for a release: writes down what it promises, for the test of all later ones.
const { version } = JSON.parse(readFileSync('package.json', 'utf8'))
writeFileSync(`test/promised/${version}.json`, `${JSON.stringify(promised(), null, 2)}\n`)
