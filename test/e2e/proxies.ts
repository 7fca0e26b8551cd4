import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { createFolder } from '../fakes/world.ts'
import { TLS } from '../web/self-signed.ts'
import { eventually } from './harness.ts'
import { askTls, type Prefix } from './nginx.ts'
import { findProgram, startProgram } from './program.ts'

/** Where an example is put to work. */
interface Place {
  readonly port: number
  /** `host:port` of the exporter. */
  readonly upstream: string
  /** Holds cert.pem, key.pem and both.pem; the configuration and the access log go here, too. */
  readonly folder: string
}

/** A proxy that `deploy/proxies` has an example for. */
export interface Proxy {
  readonly name: string
  readonly program: string
  readonly debianPackage: string
  readonly example: string
  /** The example with the prefix stripped on its way to the exporter. */
  readonly stripped: (example: string) => string
  /** A whole configuration made of the example; changed is only where everything is. */
  readonly configuration: (example: string, place: Place) => string
  readonly args: (configuration: string) => readonly string[]
  /** Where its access log goes. */
  readonly log: 'file' | 'stdout'
}

type Change = readonly [from: string | RegExp, to: string]

/** Every change must find something, or the test would run something else than the example. */
function replaced(text: string, changes: readonly Change[]): string {
  return changes.reduce((before, [from, to]) => {
    const after = before.replaceAll(from, to)
    assert.notEqual(after, before, `${from} is not in it`)
    return after
  }, text)
}

export const PROXIES: readonly Proxy[] = [
  {
    ...{ name: 'Caddy', program: 'caddy', debianPackage: 'caddy', log: 'file' },
    example: 'deploy/proxies/Caddyfile',
    stripped: (example) =>
      replaced(example, [
        [/handle @exporter \{([\s\S]*?)\n\t\}/g, 'handle @exporter {\nroute {$1\n}\n}'],
        [/(?=reverse_proxy)/g, 'uri strip_prefix /monzo\n'],
      ]),
    configuration: (example, { port, upstream, folder }) =>
      `{
	admin off
	auto_https off
	default_sni 127.0.0.1
	storage file_system ${folder}/storage
}
${replaced(example, [
  [
    /^monzo\.example\.com \{/gm,
    `https://127.0.0.1:${port}, https://localhost:${port} {\nbind 127.0.0.1 ::1\ntls ${folder}/cert.pem ${folder}/key.pem`,
  ],
  ['/var/log/caddy/monzo.log', `${folder}/access.log`],
  ['reverse_proxy 127.0.0.1:8080', `reverse_proxy ${upstream}`],
])}`,
    args: (path) => ['run', '--config', path, '--adapter', 'caddyfile'],
  },
  {
    ...{ name: 'Apache', program: 'apache2', debianPackage: 'apache2', log: 'file' },
    example: 'deploy/proxies/apache.conf',
    stripped: (example) => replaced(example, [[':8080/monzo', ':8080']]),
    configuration: (example, { port, upstream, folder }) => {
      const modules = ['mpm_event', 'authz_core', 'alias', 'setenvif', 'ssl', 'proxy', 'proxy_http']
      return `ServerName localhost
ServerRoot ${folder}
PidFile ${folder}/pid
ErrorLog ${folder}/error.log
User www-data
Group www-data
${modules.map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so\n`).join('')}
Mutex file:${folder} default
Listen 127.0.0.1:${port}
Listen [::1]:${port}
${replaced(example, [
  ['*:443', `*:${port}`],
  ['/etc/ssl/monzo.example.com.pem', `${folder}/cert.pem`],
  ['/etc/ssl/private/monzo.example.com.key', `${folder}/key.pem`],
  [`\${APACHE_LOG_DIR}/monzo.log`, `${folder}/access.log`],
  [/127\.0\.0\.1:8080(?=\/monzo$|$)/gm, upstream],
])}`
    },
    args: (path) => ['-X', '-f', path],
  },
  {
    ...{ name: 'HAProxy', program: 'haproxy', debianPackage: 'haproxy', log: 'stdout' },
    example: 'deploy/proxies/haproxy.cfg',
    stripped: (example) =>
      `${example}    http-request replace-path /monzo/?(.*) /\\1
`,
    configuration: (example, { port, upstream, folder }) =>
      `global
    log stdout format raw local0
${replaced(example, [
  [
    'bind :443 ssl crt /etc/haproxy/monzo.example.com.pem',
    `bind 127.0.0.1:${port},[::1]:${port} ssl crt ${folder}/both.pem`,
  ],
  ['server exporter 127.0.0.1:8080', `server exporter ${upstream}`],
])}`,
    args: (path) => ['-db', '-f', path],
  },
  {
    ...{ name: 'lighttpd', program: 'lighttpd', debianPackage: 'lighttpd', log: 'file' },
    example: 'deploy/proxies/lighttpd.conf',
    stripped: (example) =>
      replaced(example, [
        [
          /(?=proxy\.server)/g,
          'proxy.header = ( "map-urlpath" => ( "/monzo/" => "/", "/monzo" => "/" ) )\n',
        ],
      ]),
    configuration: (example, { port, upstream, folder }) => {
      const [host, upstreamPort] = upstream.split(':')
      return `server.document-root = "${folder}"
server.port = ${port}
server.bind = "127.0.0.1"
${replaced(example, [
  ['":443"', `"127.0.0.1:${port}"`],
  [
    '$HTTP["host"]',
    `$SERVER["socket"] == "[::1]:${port}" {
    ssl.engine  = "enable"
    ssl.pemfile = "/etc/ssl/monzo.example.com.pem"
    ssl.privkey = "/etc/ssl/private/monzo.example.com.key"
}
$HTTP["host"]`,
  ],
  ['"monzo.example.com"', '"127.0.0.1"'],
  ['/etc/ssl/monzo.example.com.pem', `${folder}/cert.pem`],
  ['/etc/ssl/private/monzo.example.com.key', `${folder}/key.pem`],
  ['/var/log/lighttpd/monzo.log', `${folder}/access.log`],
  ['"host" => "127.0.0.1", "port" => "8080"', `"host" => "${host}", "port" => "${upstreamPort}"`],
])}`
    },
    args: (path) => ['-D', '-f', path],
  },
]

/**
 * A real proxy on loopback with its example, TLS with a self-signed certificate, all files in a
 * folder of its own.
 * @returns `undefined` where it is not installed.
 */
export async function findProxy(t: TestContext, proxy: Proxy) {
  const path = findProgram(t, proxy.program, proxy.debianPackage)
  if (path === undefined) return undefined
  const example = await readFile(proxy.example, 'utf8')
  return {
    async start(port: number, upstream: string, prefix: Prefix) {
      const folder = await createFolder(t)
      await writeFile(join(folder, 'cert.pem'), TLS.cert)
      await writeFile(join(folder, 'key.pem'), TLS.key, { mode: 0o600 })
      await writeFile(join(folder, 'both.pem'), `${TLS.cert}\n${TLS.key}\n`, { mode: 0o600 })
      const text = prefix === 'stripped' ? proxy.stripped(example) : example
      const file = join(folder, 'configuration')
      await writeFile(file, proxy.configuration(text, { port, upstream, folder }))
      const running = startProgram(t, path, proxy.args(file), { env: { HOME: folder } })
      await eventually(async () => {
        assert.equal(running.child.exitCode, null, running.stderr())
        const { text: answer } = await askTls(`https://127.0.0.1:${port}/monzo/-/healthy`)
        assert.equal(answer, 'ok', running.stderr())
      })
      return {
        accessLog: () =>
          proxy.log === 'stdout' ? running.stdout() : readFile(join(folder, 'access.log'), 'utf8'),
      }
    },
  }
}
