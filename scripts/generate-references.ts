import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { REFERENCES } from './references.ts'

const isCheck = process.argv.includes('--check')

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

// Writes every generated file; with `--check` only names those that are out of date, and exits 1.
for (const [path, render] of Object.entries(REFERENCES)) {
  const text = render()
  if (readIfThere(path) === text) continue
  if (isCheck) {
    console.error(`${path} is out of date: run \`tsx scripts/generate-references.ts\``)
    process.exitCode = 1
    continue
  }
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
  console.log(`wrote ${path}`)
}
