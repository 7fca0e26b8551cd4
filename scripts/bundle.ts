import { readFileSync } from 'node:fs'
import { build } from 'esbuild'
import { gitRevision } from './git-revision.ts'

const { version } = JSON.parse(readFileSync('package.json', 'utf8'))

/** Everything in one CommonJS file: what the single executable will hold, and what is measured. */
await build({
  entryPoints: ['src/main.ts'],
  outfile: 'dist/bundle.cjs',
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  minifySyntax: true,
  minifyWhitespace: true,
  keepNames: true,
  legalComments: 'none',
  define: { MONZO_EXPORTER_BUILD: JSON.stringify({ version, revision: gitRevision() }) },
  logLevel: 'warning',
})
