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
import { escapeNonAscii } from './ascii.ts'
import { gitRevision } from './git-revision.ts'

/** The one binary is made of another bundle, which another Node makes. */
const [OUT = 'dist/bundle'] = process.argv.slice(2)
const MAIN = join(OUT, 'main.cjs')
/** A start has no use for these: the launcher loads them when they are first used. */
const LATE_PACKAGES = ['commander', 'pino', 'write-file-atomic']
const SCHEMAS = ['src/tokens/schemas.ts', 'src/monzo/schemas.ts'].map((path) => resolve(path))
/** `exporter.cjs` is all that a scrape and a poll run; the others are loaded when first needed. */
const ENTRIES = {
  exporter: 'src/main.ts',
  'late-commands': 'src/cli/late-commands.ts',
  'license-texts': 'src/cli/license-texts.ts',
  oauth: 'src/monzo/oauth.ts',
  pages: 'src/web/pages.ts',
  sandbox: 'src/sandbox/sandbox.ts',
  ...Object.fromEntries(LATE_PACKAGES.map((name) => [name, name])),
  schemas: 'schemas',
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

/** Libraries load these with the rest; the exporter has no use for them. */
const UNUSED = [
  { from: /\/prom-client\//, path: /\/(?:pushgateway|cluster|summary)$/ },
  { from: /\/@iarna\/toml\//, path: /\/(?:parse-async|parse-stream|stringify)\.js$/ },
  {
    // It is asked whether a span is active, to attach exemplars: none ever is.
    from: /\/prom-client\//,
    path: /^@opentelemetry\/api$/,
    contents: 'module.exports = { trace: { getActiveSpan() {} }, isSpanContextValid: () => false }',
  },
  {
    // It listens to every signal there is. Ours end with `exit`; what others leave is taken over.
    from: /\/proper-lockfile\//,
    path: /^signal-exit$/,
    contents: "module.exports = (callback) => process.on('exit', callback)",
  },
  // There are no workers: we write logs in this thread, and nobody loads us in another.
  { from: /\/pino\//, path: /^\.\/(?:lib\/)?transport$/ },
  {
    from: /\/(?:pino|write-file-atomic)\//,
    path: /^worker_threads$/,
    contents: 'module.exports = { isMainThread: true, threadId: 0 }',
  },
]
const unusedParts: Plugin = {
  name: 'unused-parts',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /./ }, ({ importer, path }) =>
      UNUSED.some((part) => part.from.test(importer) && part.path.test(path))
        ? { path, namespace: 'unused' }
        : undefined,
    )
    onLoad({ filter: /.*/, namespace: 'unused' }, ({ path }) => ({
      contents: UNUSED.find((part) => part.path.test(path))?.contents ?? '',
    }))
  },
}

/** Of schemas there is one file, which has zod once. */
const lateParts: Plugin = {
  name: 'late-parts',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /./ }, ({ path, kind, resolveDir, namespace }) => {
      if (path === 'schemas') return { path, namespace: 'schemas' }
      if (kind === 'entry-point' || namespace === 'schemas') return undefined
      if (LATE_PACKAGES.includes(path)) return { path: `./${path}.cjs`, external: true }
      const isSchema = SCHEMAS.includes(join(resolveDir, path))
      return isSchema ? { path: './schemas.cjs', external: true } : undefined
    })
    onLoad({ filter: /.*/, namespace: 'schemas' }, () => ({
      contents: SCHEMAS.map((path) => `export * from '${path}'`).join('\n'),
      resolveDir: process.cwd(),
    }))
  },
}

/** Of a lock it needs nothing but `fs`; this would patch that for all of us. */
const plainFs: Plugin = {
  name: 'plain-fs',
  setup({ onResolve }) {
    onResolve({ filter: /^graceful-fs$/ }, () => ({ path: 'node:fs', external: true }))
  },
}

/** Runs the bundle for a moment, so that what a start needs is compiled, and keeps the result. */
async function writeCodeCache(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'monzo-exporter-bundle-'))
  try {
    writeFileSync(join(folder, 'config.toml'), CONFIG)
    const env = { PATH: process.env['PATH'], WRITE_CODE_CACHE: '1' }
    const child = spawn(process.execPath, [resolve(MAIN)], { cwd: folder, env })
    child.stdout.once('data', () => child.kill('SIGTERM')) // the link: it has started
    const [code] = await once(child, 'exit')
    if (code !== 0) throw new Error(`the bundle ends with ${code}`)
  } finally {
    rmSync(folder, { recursive: true })
  }
}
const CONFIG = `
client_id = "oauth2client_0000Bundle"
client_secret = "mnzconf.bundle"
auth_key = "only for this moment"
server_addr = "127.0.0.1:0"
`

const { version } = JSON.parse(readFileSync('package.json', 'utf8'))
rmSync(OUT, { recursive: true, force: true })
const { metafile } = await build({
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
  plugins: [lateFiles, unusedParts, lateParts, plainFs],
  metafile: true,
  logLevel: 'warning',
})
for (const file of readdirSync(OUT)) {
  const path = join(OUT, file)
  writeFileSync(path, escapeNonAscii(readFileSync(path, 'utf8')))
}
copyFileSync('scripts/bundle-launcher.cjs', MAIN)
chmodSync(MAIN, 0o755)
await writeCodeCache()
writeFileSync(join(OUT, 'meta.json'), JSON.stringify(metafile))
