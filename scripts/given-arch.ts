import { parseArgs } from 'node:util'
import { ARCHITECTURES, type Arch, UsageError } from './fetch-node.ts'

/** How Debian and the registries of images call them. */
export const DEBIAN_ARCH = { x64: 'amd64', arm64: 'arm64' } as const satisfies Record<Arch, string>

/** @returns what `--arch` names; `undefined` without it, which is this machine. @throws {UsageError} */
export function givenArch(): Arch | undefined {
  const name = archFlag()
  const arch = ARCHITECTURES.find((known) => known === name)
  if (arch || name === undefined) return arch
  if (/^arm(?:$|v|32)/.test(name))
    throw new UsageError(
      '32-bit ARM is not supported: there is no Node 24 for it. Use --arch arm64.',
    )
  throw new UsageError(
    `There is no binary for ${name}: --arch is one of ${ARCHITECTURES.join(', ')}.`,
  )
}

function archFlag(): string | undefined {
  try {
    return parseArgs({ options: { arch: { type: 'string' } } }).values.arch
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause), { cause })
  }
}

/** Where the one binary for that machine is. */
export const binaryFor = (arch: Arch | undefined): string =>
  arch === undefined ? 'dist/monzo-exporter' : `dist/monzo-exporter-${arch}`
