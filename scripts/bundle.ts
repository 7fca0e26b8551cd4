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
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { build, type Plugin } from 'esbuild'
import { escapeNonAscii } from './ascii.ts'
import { gitRevision } from './git-revision.ts'

/** The one binary is made of another bundle, which another Node makes. */
const [OUT = 'dist/bundle'] = process.argv.slice(2)
const MAIN = join(OUT, 'main.cjs')
/** `exporter.cjs` is all that a scrape and a poll run; the others are loaded when first needed. */
const ENTRIES = {
  exporter: 'src/main.ts',
  'late-commands': 'src/cli/late-commands.ts',
  'license-texts': 'src/cli/license-texts.ts',
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

/** Libraries load these with the rest; the exporter has no use for them. */
const UNUSED = [
  { from: /\/prom-client\//, path: /\/(?:pushgateway|cluster|summary)$/ },
  {
    // It is asked whether a span is active, to attach exemplars: none ever is.
    from: /\/prom-client\//,
    path: /^@opentelemetry\/api$/,
    contents: 'module.exports = { trace: { getActiveSpan() {} }, isSpanContextValid: () => false }',
  },
  // Whether a callback is a function: all of them are.
  { from: /\/signal-exit\//, path: /^assert$/, contents: 'module.exports = { equal() {} }' },
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

/** Modules of Node that are slow to load, and that a start has no use for. */
const SLOW = [
  'assert',
  'child_process',
  'crypto',
  'https',
  'module',
  'tls',
  'worker_threads',
  'zlib',
]

/** Loads each of them when one of its exports is first asked for, be it a constant or a function. */
const lateBuiltins: Plugin = {
  name: 'late-builtins',
  setup({ onResolve, onLoad }) {
    const filter = new RegExp(`^(?:node:)?(?:${SLOW.join('|')})$`)
    onResolve({ filter }, ({ path, namespace }) => {
      const name = path.replace(/^node:/, '')
      return namespace === 'late-builtin'
        ? { path: `node:${name}`, external: true }
        : { path: name, namespace: 'late-builtin' }
    })
    onLoad({ filter: /.*/, namespace: 'late-builtin' }, ({ path }) => ({
      contents: `
        let loaded
        const load = () => (loaded ??= require('node:${path}'))
        const late = ${path === 'assert'} ? (...given) => load()(...given) : {}
        for (const name of ${JSON.stringify(namesIn(path))})
          Object.defineProperty(late, name, { enumerable: true, get: () => load()[name] })
        module.exports = late`,
    }))
  },
}
const namesIn = (builtin: string): readonly string[] =>
  Object.keys(createRequire(import.meta.url)(`node:${builtin}`))

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
  plugins: [lateFiles, unusedParts, lateBuiltins, plainFs],
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
