import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  copyFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { build, type Plugin } from 'esbuild'
import { gitRevision } from './git-revision.ts'

const OUT = 'dist/bundle'
const MAIN = join(OUT, 'main.cjs')
/** `exporter.cjs` is all that a scrape and a poll run; the others are loaded when first needed. */
const ENTRIES = {
  exporter: 'src/main.ts',
  'late-commands': 'src/cli/late-commands.ts',
  oauth: 'src/auth/oauth.ts',
  pages: 'src/web/pages.ts',
  sandbox: 'src/sandbox/sandbox.ts',
}

/** What `load-late.ts` imports stays in a file of its own: a source that is read stays in memory. */
const lateFiles: Plugin = {
  name: 'late-files',
  setup({ onResolve }) {
    onResolve({ filter: /^\./ }, ({ kind, path }) =>
      kind === 'dynamic-import'
        ? { path: `./${basename(path, '.ts')}.cjs`, external: true }
        : undefined,
    )
  },
}

/** prom-client loads these with the rest; the exporter has no use for them. */
const unusedParts: Plugin = {
  name: 'unused-parts',
  setup({ onResolve, onLoad }) {
    const filter = /\/(?:pushgateway|cluster|summary)$|^@opentelemetry\/api$/
    onResolve({ filter }, ({ importer, path }) =>
      /\/prom-client\//.test(importer) ? { path, namespace: 'unused' } : undefined,
    )
    // Of OpenTelemetry it asks whether a span is active, to attach exemplars: none ever is.
    const contents =
      'module.exports = { trace: { getActiveSpan() {} }, isSpanContextValid: () => false }'
    onLoad({ filter: /.*/, namespace: 'unused' }, () => ({ contents }))
  },
}

/** One character beyond Latin-1 makes V8 keep a whole source in twice the memory. */
function escapeNonAscii(path: string): void {
  const escaped = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
  writeFileSync(path, readFileSync(path, 'utf8').replaceAll(/[^\0-\x7f]/g, escaped))
}

/** Runs the bundle for a moment, so that what a start needs is compiled, and keeps the result. */
async function writeCodeCache(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'monzo-exporter-bundle-'))
  try {
    const flags = ['--client-id=oauth2client_0000Bundle', '--server-addr=127.0.0.1:0']
    const env = { PATH: process.env['PATH'], WRITE_CODE_CACHE: '1', ...SECRETS }
    const child = spawn(process.execPath, [resolve(MAIN), ...flags], { cwd: folder, env })
    child.stdout.once('data', () => child.kill('SIGTERM')) // the link: it has started
    const [code] = await once(child, 'exit')
    if (code !== 0) throw new Error(`the bundle ends with ${code}`)
  } finally {
    rmSync(folder, { recursive: true })
  }
}
const SECRETS = {
  MONZO_EXPORTER_CLIENT_SECRET: 'mnzconf.bundle',
  MONZO_EXPORTER_AUTH_KEY: 'only for this moment',
}

const { version } = JSON.parse(readFileSync('package.json', 'utf8'))
rmSync(OUT, { recursive: true, force: true })
await build({
  entryPoints: ENTRIES,
  outdir: OUT,
  outExtension: { '.js': '.cjs' },
  bundle: true,
  platform: 'node',
  target: 'node20',
  supported: { 'dynamic-import': false }, // `require`, later: it is one CommonJS program
  format: 'cjs',
  minify: true,
  legalComments: 'none',
  define: { MONZO_EXPORTER_BUILD: JSON.stringify({ version, revision: gitRevision() }) },
  plugins: [lateFiles, unusedParts],
  logLevel: 'warning',
})
for (const file of readdirSync(OUT)) escapeNonAscii(join(OUT, file))
copyFileSync('scripts/bundle-launcher.cjs', MAIN)
chmodSync(MAIN, 0o755)
await writeCodeCache()
