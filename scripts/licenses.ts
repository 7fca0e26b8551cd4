import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The part of esbuild's metafile that lists the inputs of each output file. */
interface Metafile {
  readonly outputs: Readonly<Record<string, { readonly inputs: Readonly<Record<string, unknown>> }>>
}

export interface LicensesOptions {
  readonly metafile: Metafile
  /** The license text of Node and everything that is compiled into it. */
  readonly nodeLicense: string
}

/**
 * Renders the licenses of everything in the one binary: ours, the bundled packages' and Node's.
 * @throws {Error} if a package.json has no `license`.
 */
export function renderLicenses({ metafile, nodeLicense }: LicensesOptions): string {
  const parts = [
    part('The Monzo exporter', readFileSync('LICENSE', 'utf8')),
    ...packageFolders(metafile).map(packagePart),
    part('Node.js, and what it contains', nodeLicense),
  ]
  return parts.join('\n')
}

/** @returns the folders of the packages in a bundle, sorted. */
function packageFolders({ outputs }: Metafile): readonly string[] {
  const files = Object.values(outputs).flatMap(({ inputs }) => Object.keys(inputs))
  const folders = files.map((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0])
  return [...new Set(folders.filter((folder) => folder !== undefined))].sort()
}

function packagePart(folder: string): string {
  const about = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const texts = readdirSync(folder)
    .filter((name) => /^(?:licen[cs]e|notice)(?:[.-]|$)/i.test(name))
    .map((name) => readFileSync(join(folder, name), 'utf8'))
  if (typeof about.license !== 'string') throw new Error(`${folder} names no license`)
  return part(`${about.name} ${about.version} (${about.license})`, texts.join('\n'))
}

const part = (title: string, text: string): string =>
  `${'='.repeat(80)}\n${title}\n${'='.repeat(80)}\n\n${text.trim()}\n`
