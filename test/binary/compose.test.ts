import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { describe, it } from 'node:test'
import { parse } from 'yaml'
import { loadConfig } from '../../src/config/load.ts'
import { findProgram } from '../e2e/program.ts'
import { createFolder } from '../fakes/world.ts'

interface Service {
  readonly image: string
  readonly environment?: Readonly<Record<string, string>>
  readonly secrets?: readonly string[]
  readonly volumes: readonly string[]
  readonly ports: readonly string[]
  readonly read_only?: boolean
}

const FOLDER = 'deploy/docker'
const dockerfile = readFileSync(join(FOLDER, 'Dockerfile'), 'utf8')
const compose: {
  services: Record<'exporter' | 'prometheus' | 'grafana', Service>
  secrets: Record<string, { file: string }>
  volumes: Record<string, null>
} = parse(readFileSync(join(FOLDER, 'compose.yaml'), 'utf8'))
const { exporter, prometheus, grafana } = compose.services

/** `./prometheus.yml:/etc/prometheus.yml:ro` in its parts. */
const mountsOf = ({ volumes }: Service) =>
  volumes.map((text) => {
    const [from = '', to = '', mode] = text.split(':')
    return { from, to, mode }
  })

describe('compose.yaml', () => {
  it('mounts files that there are, read-only, and volumes that it declares', () => {
    for (const { from, mode } of Object.values(compose.services).flatMap(mountsOf)) {
      if (!from.startsWith('.')) assert.ok(from in compose.volumes, from)
      else assert.ok(existsSync(join(FOLDER, from)) && mode === 'ro', from)
    }
  })
  it('hands the exporter a configuration that it takes, secrets in files', async (t) => {
    const cwd = await createFolder(t)
    const env: Record<string, string> = {}
    for (const [name, value] of Object.entries(exporter.environment ?? {}))
      if (value.startsWith('/run/secrets/')) {
        const secret = basename(value)
        assert.ok(exporter.secrets?.includes(secret) && secret in compose.secrets, value)
        await writeFile(join(cwd, secret), `mnzconf.${secret}-of-the-test`)
        env[name] = join(cwd, secret)
      } else env[name] = value.replace(/^\$\{\w+:\?.*\}$/, 'oauth2client_0000A')
    const { config } = loadConfig({ flags: {}, env, cwd })
    assert.equal(config.client_secret, 'mnzconf.client_secret-of-the-test')
    assert.equal(config.auth_key, 'mnzconf.auth_key-of-the-test')
  })
  it('keeps the tokens folder that the image declares, and no other file of the exporter', () => {
    const [volume] = /^VOLUME \["(.*)"\]$/m.exec(dockerfile)?.slice(1) ?? []
    for (const kept of ['TOKENS_FILE', 'HISTORY_FOLDER'])
      assert.match(dockerfile, new RegExp(`MONZO_EXPORTER_${kept}=${volume}/`))
    assert.deepEqual(mountsOf(exporter), [{ from: 'tokens', to: volume, mode: undefined }])
    assert.equal(exporter.read_only, true)
  })
  it('publishes on this machine alone', () => {
    for (const service of Object.values(compose.services))
      for (const port of service.ports) assert.match(port, /^127\.0\.0\.1:\d+:\d+$/)
  })
  it('pins the versions of what others publish', () => {
    for (const { image } of [prometheus, grafana]) assert.match(image, /:v?\d+\.\d+\.\d+$/)
  })
  it('lets Prometheus scrape the exporter by its name, and read the rules', async (t) => {
    const text = readFileSync(join(FOLDER, 'prometheus.yml'), 'utf8')
    const { scrape_configs, rule_files } = parse(text)
    const [, port] = /^EXPOSE (\d+)$/m.exec(dockerfile) ?? []
    assert.deepEqual(scrape_configs[0].static_configs, [{ targets: [`exporter:${port}`] }])
    const rules = mountsOf(prometheus).find(({ to }) => rule_files[0] === `${to}/*.rules.yml`)
    assert.ok(rules)
    const promtool = findProgram(t, 'promtool', 'prometheus')
    if (!promtool) return
    const file = join(await createFolder(t), 'prometheus.yml')
    await writeFile(file, text.replace(rules.to, join(process.cwd(), FOLDER, rules.from)))
    const said = execFileSync(promtool, ['check', 'config', file], { encoding: 'utf8' })
    assert.match(said, /SUCCESS: [1-9]\d* rule files? found/)
  })
  it('lets Grafana find Prometheus and the dashboards', () => {
    const read = (name: string) =>
      parse(readFileSync(`deploy/grafana/provisioning/${name}`, 'utf8'))
    const [datasource] = read('datasources/prometheus.yaml').datasources
    const { hostname, port } = new URL(datasource.url)
    assert.equal(hostname, 'prometheus')
    assert.match(prometheus.ports.join(), new RegExp(`:${port}$`))
    const [provider] = read('dashboards/monzo.yaml').providers
    const dashboards = mountsOf(grafana).find(({ to }) => to === provider.options.path)
    assert.equal(dashboards?.from, '../grafana')
  })
})
