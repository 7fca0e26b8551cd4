import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { gzipSync } from 'node:zlib'
import { bundleWhole } from './bundle-sources.ts'
import { fetchNode, NODE_IN_BINARY, thisArch, UsageError } from './fetch-node.ts'
import { sourceDateEpoch } from './git-revision.ts'
import { binaryFor, DEBIAN_ARCH, givenArch } from './given-arch.ts'
import { renderLicenses } from './licenses.ts'

// Packs the one binary for Debian and its relatives: dist/monzo-exporter_<version>_amd64.deb, or
// …_arm64.deb with `--arch arm64`. Needs no root, but `npm run build` and `npm run build:binary`
// before it, and the Debian packages dpkg and help2man.

const PARTS = 'deploy/debian'
const STATE = '/var/lib/monzo-exporter'
const DOC = 'usr/share/doc/monzo-exporter'

async function main(): Promise<void> {
  const given = givenArch()
  const binary = binaryFor(given)
  if (!existsSync(binary))
    throw new UsageError(`${binary} is missing: run "npm run build:binary" for that machine first.`)
  const arch = DEBIAN_ARCH[given ?? thisArch()]
  const root = mkdtempSync(resolve('dist/.deb-'))
  try {
    const files = await contents(binary)
    const kib = Object.values(files).reduce((sum, { bytes }) => sum + bytes.length, 0) / 1024
    const text = control(arch, Math.ceil(kib))
    const deb = resolve('dist', `monzo-exporter_${about().version}_${arch}.deb`)
    write(root, { ...files, ...maintenance(files), 'DEBIAN/control': plain(text) })
    const env = { ...process.env, SOURCE_DATE_EPOCH: sourceDateEpoch() }
    // The number of threads changes the bytes, so it must not be that of this machine's cores.
    const how = ['--root-owner-group', '-Zxz', '--threads-max=2']
    execFileSync('dpkg-deb', [...how, '--build', root, deb], {
      env,
      stdio: 'pipe',
    })
    console.log(`${deb}: ${(statSync(deb).size / 1e6).toFixed(1)} MB`)
  } finally {
    rmSync(root, { recursive: true })
  }
}

interface PackedFile {
  readonly bytes: Buffer
  readonly mode: number
}
type Files = Readonly<Record<string, PackedFile>>

const plain = (text: string | Buffer, mode = 0o644): PackedFile => ({
  bytes: Buffer.from(text),
  mode,
})
const program = (text: string | Buffer): PackedFile => plain(text, 0o755)
const zipped = (text: string): PackedFile => plain(gzipSync(text, { level: 9 }))
const part = (name: string): string => readFileSync(join(PARTS, name), 'utf8')

/** All that is installed, by path. */
async function contents(binary: string): Promise<Files> {
  return {
    'usr/bin/monzo-exporter': program(readFileSync(binary)),
    'usr/lib/systemd/system/monzo-exporter.service': plain(unit()),
    'usr/lib/sysusers.d/monzo-exporter.conf': plain(part('sysusers.conf')),
    'etc/monzo-exporter/config.toml': plain(configuration(), 0o640),
    'usr/share/man/man1/monzo-exporter.1.gz': zipped(manualPage()),
    'usr/share/bash-completion/completions/monzo-exporter': plain(part('bash-completion')),
    'usr/share/lintian/overrides/monzo-exporter': plain(part('lintian-overrides')),
    [`${DOC}/copyright`]: plain(
      `${readFileSync('LICENSE', 'utf8')}\n${part('copyright-of-parts')}`,
    ),
    [`${DOC}/licenses.gz`]: zipped(await licenses()),
    [`${DOC}/changelog.gz`]: zipped(debianChangelog()),
    [`${DOC}/CHANGELOG.md.gz`]: zipped(readFileSync('CHANGELOG.md', 'utf8')),
    ...folder('docs', `${DOC}/docs`),
    ...folder('deploy/prometheus', `${DOC}/examples/prometheus`),
    ...folder('deploy/grafana', `${DOC}/examples/grafana`),
  }
}

function folder(from: string, to: string): Files {
  const names = readdirSync(from, { recursive: true, encoding: 'utf8' })
  const files = names.filter((name) => statSync(join(from, name)).isFile())
  return Object.fromEntries(
    files.map((name) => [join(to, name), plain(readFileSync(join(from, name)))]),
  )
}

/** What only dpkg reads. */
function maintenance(files: Files): Files {
  const sums = Object.entries(files).map(
    ([path, { bytes }]) => `${createHash('md5').update(bytes).digest('hex')}  ${path}\n`,
  )
  return {
    'DEBIAN/conffiles': plain('/etc/monzo-exporter/config.toml\n'),
    'DEBIAN/md5sums': plain(sums.join('')),
    'DEBIAN/postinst': program(part('postinst')),
    'DEBIAN/prerm': program(part('prerm')),
    'DEBIAN/postrm': program(part('postrm')),
  }
}

/** What package.json says, as Debian has it. */
function about() {
  const { name, version, author, description, repository } = JSON.parse(
    readFileSync('package.json', 'utf8'),
  )
  const owned = repository.replace(/^github:/, '')
  return {
    name,
    maintainer: `${author} <${owned.split('/')[0]}@users.noreply.github.com>`,
    description: description.replace(/\.$/, ''),
    version: version.replace('-', '~'), // what comes before a release sorts before it
    homepage: `https://github.com/${owned}`,
  }
}

function control(arch: string, kib: number): string {
  const { name, version, maintainer, description, homepage } = about()
  const fields = {
    Package: name,
    Version: version,
    Architecture: arch,
    Maintainer: maintainer,
    'Installed-Size': kib,
    // The oldest libraries that the binary's Node runs with are those of Debian 10.
    Depends: 'libc6 (>= 2.28), libgcc-s1, libstdc++6 (>= 8), systemd (>= 252)',
    Suggests: 'prometheus, prometheus-alertmanager',
    Section: 'net',
    Priority: 'optional',
    Homepage: homepage,
    Description: `${description}\n${indented(part('description'))}`,
  }
  return Object.entries(fields)
    .map(([field, value]) => `${field}: ${value}\n`)
    .join('')
}

const indented = (text: string): string =>
  text
    .trim()
    .split('\n')
    .map((line) => ` ${line || '.'}`)
    .join('\n')

function debianChangelog(): string {
  const { name, version, maintainer } = about()
  const date = new Date(Number(sourceDateEpoch()) * 1000).toUTCString().replace('GMT', '+0000')
  return `${name} (${version}) unstable; urgency=medium\n\n  * CHANGELOG.md.gz says what is new.\n\n -- ${maintainer}  ${date}\n`
}

/**
 * The unit of `deploy/systemd` for a user that stays: with one that exists only while the service
 * runs nobody could share a configuration of mode 0640, or run `doctor` as the service does.
 */
function unit(): string {
  const text = readFileSync('deploy/systemd/monzo-exporter.service', 'utf8')
  const withoutSecrets = text
    .split('\n\n')
    .filter((paragraph) => !paragraph.includes('LoadCredential='))
    .join('\n\n')
  return changed(withoutSecrets, [
    [
      /^# How to install it: .*\n/,
      '# Documentation: man monzo-exporter, /usr/share/doc/monzo-exporter\n',
    ],
    [/^# The user exists while the service runs\. .*\n/m, ''],
    [/^DynamicUser=yes$/m, 'User=monzo-exporter'],
    [/\/usr\/local\/bin\/monzo-exporter/g, '/usr/bin/monzo-exporter'],
    // config.toml has these, for all commands
    [/^Environment=MONZO_EXPORTER_(?:TOKENS_FILE|HISTORY_FOLDER)=.*\n/gm, ''],
  ])
}

/** The example, ready but for the two values that only its owner knows. */
function configuration(): string {
  return changed(readFileSync('config.toml.example', 'utf8'), [
    [/^#:schema .*\n/, ''],
    [
      /^# Configuration of the Monzo exporter\. Copy it to config\.toml, replace every xxxx, and run\n# `monzo-exporter check-config`\.$/m,
      '# Configuration of the Monzo exporter. Put your client_id and client_secret in, and run\n# `sudo -u monzo-exporter monzo-exporter check-config --config /etc/monzo-exporter/config.toml`.',
    ],
    [/^account_id = /m, '# account_id = '],
    [/^auth_key = /m, '# auth_key = '],
    [/^# tokens_file = .*$/m, `tokens_file = "${STATE}/tokens.json"`],
    [/^# history_folder = .*$/m, `history_folder = "${STATE}/history"`],
  ])
}

/** @throws {Error} if something that is to be replaced is not there any more. */
function changed(text: string, changes: readonly (readonly [RegExp, string])[]): string {
  return changes.reduce((before, [pattern, replacement]) => {
    if (!pattern.test(before)) throw new Error(`nothing matches ${pattern}`)
    return before.replace(pattern, () => replacement)
  }, text)
}

/** Made from `--help`. */
function manualPage(): string {
  const help = '--help-option=--help --all'
  const options = ['--no-info', '--section=1', help, `--include=${PARTS}/manual-sections`]
  const name = ['--name', 'Monzo balances, pots and spending as Prometheus metrics']
  const env = { ...process.env, SOURCE_DATE_EPOCH: sourceDateEpoch() }
  return execFileSync('help2man', [...options, ...name, './dist/main.js'], {
    env,
    encoding: 'utf8',
  })
}

async function licenses(): Promise<string> {
  const folder = mkdtempSync(resolve('dist/.licenses-'))
  try {
    const metafile = await bundleWhole(join(folder, 'main.cjs'))
    const nodeLicense = readFileSync(join(fetchNode(NODE_IN_BINARY), 'LICENSE'), 'utf8')
    return renderLicenses({ metafile, nodeLicense })
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function write(root: string, files: Files): void {
  for (const [path, { bytes, mode }] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true, mode: 0o755 })
    writeFileSync(join(root, path), bytes)
    chmodSync(join(root, path), mode)
  }
  chmodSync(root, 0o755)
}

try {
  await main()
} catch (error) {
  console.error(error instanceof UsageError ? error.message : error)
  process.exitCode = error instanceof UsageError ? 64 : 1
}
