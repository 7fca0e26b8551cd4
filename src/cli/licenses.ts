import { getAsset, isSea } from 'node:sea'
import type { CommandContext } from './context.ts'
import { EXIT, type ExitCode } from './exit-code.ts'

const ELSEWHERE = `The Monzo exporter's own license is the file LICENSE beside its package.json, and that of every
package it uses is the license file in the package's folder in node_modules. Node's is at
https://github.com/nodejs/node/blob/main/LICENSE.
`

/**
 * Prints the license of every part of this program, completely even if it is piped to a slow reader.
 * The single binary contains the texts as an asset.
 */
export async function licenses({ stdout }: CommandContext): Promise<ExitCode> {
  const texts = isSea() ? getAsset('licenses', 'utf8') : ELSEWHERE
  await new Promise((written) => stdout.write(texts, written))
  return EXIT.ok
}
