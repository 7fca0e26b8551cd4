import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { request } from 'node:https'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { freePort } from '../fakes/free-port.ts'
import { createFolder } from '../fakes/world.ts'
import type { Reply } from '../web/fake-site.ts'
import { TLS } from '../web/self-signed.ts'
import { eventually } from './harness.ts'
import { findProgram, startProgram } from './program.ts'

/** What becomes of `/monzo` on the way to the exporter; `doubled`: `/monzo/stats` is sent as `//stats`. */
export type Prefix = 'stripped' | 'kept' | 'doubled'

/**
 * A real nginx on loopback, TLS with a self-signed certificate, everything in a folder of its own.
 * @returns its origin, and how to put it before an exporter; nothing where nginx is not installed.
 */
export async function findNginx(t: TestContext) {
  const path = findProgram(t, 'nginx', 'nginx-light')
  if (path === undefined) return undefined
  const port = await freePort()
  return {
    origin: `https://127.0.0.1:${port}`,
    async start(upstream: string, prefix: Prefix): Promise<void> {
      const folder = await createFolder(t)
      await mkdir(join(folder, 'logs'))
      await writeFile(join(folder, 'cert.pem'), TLS.cert)
      await writeFile(join(folder, 'key.pem'), TLS.key, { mode: 0o600 })
      await writeFile(join(folder, 'nginx.conf'), configuration(port, upstream, prefix))
      const nginx = startProgram(t, path, ['-p', folder, '-c', join(folder, 'nginx.conf')])
      await eventually(async () => {
        assert.equal(nginx.child.exitCode, null, nginx.stderr())
        await askTls(`https://127.0.0.1:${port}/`)
      })
    },
  }
}

/** What docs/security.md tells to write, on TLS, in the foreground and in one folder. */
function configuration(port: number, upstream: string, prefix: Prefix): string {
  const slash = prefix === 'kept' ? '' : '/'
  const locations =
    prefix === 'doubled'
      ? `location /monzo { proxy_pass ${upstream}/; }`
      : `location = /monzo { proxy_pass ${upstream}${slash}; }
    location /monzo/ { proxy_pass ${upstream}${slash}; }`
  return `
daemon off;
master_process off;
pid nginx.pid;
error_log stderr;
events {}
http {
  access_log off;
  client_body_temp_path body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
  server {
    listen 127.0.0.1:${port} ssl;
    listen [::1]:${port} ssl;
    ssl_certificate cert.pem;
    ssl_certificate_key key.pem;
    proxy_set_header Host $http_host;
    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    proxy_set_header X-Forwarded-Proto $scheme;
    ${locations}
    location / { return 404; }
  }
}
`
}

export interface AskTls {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** Sent as it is, in place of the address's own path, which would be tidied up. */
  readonly path?: string
  /** Who asks: any of 127.0.0.0/8, or ::1, by which nginx is then asked, under the same name. */
  readonly from?: string
}

/** Asks over TLS, following nothing. */
export function askTls(address: string, options: AskTls = {}): Promise<Reply> {
  const { method = 'GET', headers = {}, body, path, from: localAddress } = options
  return new Promise((resolve, reject) => {
    const isIpv6 = localAddress === '::1'
    const more = {
      method,
      ...(path !== undefined && { path }),
      headers: { host: new URL(address).host, ...headers },
      ca: TLS.cert,
      agent: false as const,
      localAddress,
      ...(isIpv6 ? { hostname: '::1', checkServerIdentity: () => undefined } : {}),
    }
    const sent = request(address, more, async (response) => {
      response.setEncoding('utf8')
      const text = (await response.toArray()).join('')
      const cookies = response.headers['set-cookie'] ?? []
      resolve({ status: response.statusCode ?? 0, headers: response.headers, cookies, text })
    })
    sent.on('error', reject)
    sent.end(body)
  })
}
