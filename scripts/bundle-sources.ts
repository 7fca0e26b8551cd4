import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { type BuildOptions, build, type Metafile } from 'esbuild'
import { gitRevision } from './git-revision.ts'

/** What packages that are CommonJS use, and ES modules don't have: all they require is Node's own. */
const COMMONJS = `const require = process.getBuiltinModule
const { filename: __filename, dirname: __dirname } = import.meta`

/**
 * Makes `main.js` of our sources and the packages that they use, and beside it a file for each part
 * that is imported later.
 * @returns what went into which file.
 */
export const bundleSplit = (outdir: string): Promise<Metafile> =>
  bundle({ outdir, format: 'esm', splitting: true, banner: { js: COMMONJS } })

/** The same in one script, which is what the one binary takes. */
export const bundleWhole = (outfile: string): Promise<Metafile> =>
  bundle({ outfile, format: 'cjs' })

async function bundle(shape: BuildOptions): Promise<Metafile> {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'))
  const { outputFiles, metafile } = await build({
    ...shape,
    entryPoints: { main: 'src/main.ts' },
    bundle: true,
    platform: 'node',
    target: 'node20',
    minify: true, // V8 keeps the sources of all that runs: 2 to 4 MiB less
    legalComments: 'none', // the command `licenses` has them all, or says where they are
    define: { MONZO_EXPORTER_BUILD: JSON.stringify({ version, revision: gitRevision() }) },
    metafile: true,
    write: false,
    logLevel: 'warning',
    alias: { '@opentelemetry/api': './scripts/no-opentelemetry.cjs' },
  })
  for (const { path, text } of outputFiles) {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, escapeNonAscii(text))
  }
  return metafile
}

/**
 * JavaScript that means the same. One character beyond Latin-1 makes V8 keep a whole file in twice
 * the memory, and esbuild leaves those in regular expressions and templates as they are.
 */
const escapeNonAscii = (code: string): string =>
  code.replaceAll(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
