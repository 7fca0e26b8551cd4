import { spawnSync } from 'node:child_process'
import { delimiter, join } from 'node:path'
import { fetchNode, NODE_VERSIONS, nodeVersionOf, UsageError } from './fetch-node.ts'

const USAGE = `usage: npm run nodes -- fetch [version or major …]
       npm run nodes -- run <version or major> -- <command …>

Versions: ${NODE_VERSIONS.join(', ')}`

function main([command, ...args]: readonly string[]): number {
  if (command === 'fetch') {
    for (const version of args.length > 0 ? args.map(nodeVersionOf) : NODE_VERSIONS)
      console.log(binOf(version))
    return 0
  }
  const [wanted = '', ...rest] = args
  const [program, ...programArgs] = rest[0] === '--' ? rest.slice(1) : rest
  if (command !== 'run' || program === undefined) throw new UsageError(`Which command?\n${USAGE}`)
  return runWith(binOf(nodeVersionOf(wanted)), program, programArgs)
}

const binOf = (version: string): string => join(fetchNode(version), 'bin')

/** @returns its exit code. */
function runWith(bin: string, program: string, args: readonly string[]): number {
  const env = { ...process.env, PATH: `${bin}${delimiter}${process.env['PATH'] ?? ''}` }
  const { status, error } = spawnSync(program, args, { env, stdio: 'inherit' })
  if (error) throw error
  return status ?? 1
}

try {
  process.exitCode = main(process.argv.slice(2))
} catch (error) {
  console.error(error instanceof UsageError ? error.message : error)
  process.exitCode = error instanceof UsageError ? 64 : 1
}
