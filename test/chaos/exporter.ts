import type { TestContext } from 'node:test'
import { SANDBOX_CLIENT } from '../../src/sandbox/sandbox.ts'
import { builtMain } from '../e2e/program.ts'
import { freePort } from '../fakes/free-port.ts'
import { type StartOptions, startNode } from './child.ts'
import type { Patient } from './kills.ts'

export interface ExporterOptions extends Pick<StartOptions, 'env' | 'through'> {
  readonly settings?: Readonly<Record<string, string>>
}

/** The whole exporter as a process of its own, at a patient's tokens and in front of its Monzo. */
export async function startExporter(
  t: Pick<TestContext, 'after'>,
  { path, wire, sandbox, folder }: Patient,
  { settings = {}, ...options }: ExporterOptions = {},
) {
  const port = await freePort()
  const flags = Object.entries({
    client_id: SANDBOX_CLIENT.clientId,
    client_secret: SANDBOX_CLIENT.clientSecret,
    tokens_file: path,
    server_addr: `127.0.0.1:${port}`,
    redirect_uri: `http://127.0.0.1:${port}`,
    monzo_api_url: wire.url,
    monzo_auth_url: sandbox.authUrl,
    poll_interval: '5s',
    ...settings,
  }).map(([key, value]) => `--${key.replaceAll('_', '-')}=${value}`)
  const child = startNode(t, [builtMain(), ...flags], { cwd: folder, ...options })
  const stats = async () => (await fetch(`http://127.0.0.1:${port}/stats`)).text()
  return {
    ...child,
    stats,
    /** The status page. */
    page: async () => (await fetch(`http://127.0.0.1:${port}/`)).text(),
    /** A sample of `/stats`; `undefined` when there is none. */
    async value(sample: string): Promise<number | undefined> {
      const line = (await stats()).split('\n').find((text) => text.startsWith(`${sample} `))
      return line === undefined ? undefined : Number(line.slice(sample.length + 1))
    },
  }
}
