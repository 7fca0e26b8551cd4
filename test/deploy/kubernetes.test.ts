import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { cp, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import type { IServiceMonitor } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1'
import type { IStatefulSet } from 'kubernetes-models/apps/v1'
import type { INamespace, ISecret, IService } from 'kubernetes-models/v1'
import { parseAllDocuments } from 'yaml'
import { loadConfig } from '../../src/config/load.ts'
import { envName, fileKey } from '../../src/config/settings.ts'
import { findProgram } from '../e2e/program.ts'
import { createFolder } from '../fakes/world.ts'
import { FOLDER, find, kustomization, MANIFESTS, type Manifest, validate } from './manifests.ts'

const { version } = JSON.parse(readFileSync('package.json', 'utf8'))
const statefulSet = find<IStatefulSet>('StatefulSet', 'monzo-exporter')
const pod = statefulSet.spec?.template.spec
const podLabels = statefulSet.spec?.template.metadata?.labels
const container = pod?.containers[0] ?? assert.fail('no container')
const secret = find<ISecret>('Secret', 'monzo-exporter')
const pages = find<IService>('Service', 'monzo-exporter')
const metrics = find<IService>('Service', 'monzo-exporter-metrics')
const monitor = find<IServiceMonitor>('ServiceMonitor', 'monzo-exporter')
const env = Object.fromEntries((container.env ?? []).map(({ name, value }) => [name, value ?? '']))

describe('Every manifest', () => {
  for (const manifest of MANIFESTS)
    it(`${manifest.kind} ${manifest.metadata.name} is what its schema asks for`, () =>
      validate(manifest))

  it('is listed in the kustomization, with the files that it needs', () => {
    const listed = [
      ...kustomization.resources,
      ...kustomization.configMapGenerator.flatMap(({ files }) => files),
    ]
    const there = readdirSync(FOLDER).filter((name) => name !== 'kustomization.yaml')
    assert.deepEqual(listed.toSorted(), there.sort())
    assert.deepEqual(
      kustomization.images.map(({ name }) => name),
      [container.image],
    )
  })
  it('comes out of kubectl in one namespace, with the image that one line names', async (t) => {
    const kubectl = findProgram(t, 'kubectl', 'kubernetes-client')
    if (!kubectl) return
    const folder = await createFolder(t)
    await cp(FOLDER, folder, { recursive: true })
    const path = join(folder, 'kustomization.yaml')
    const text = readFileSync(path, 'utf8')
    const set = text.replace(/^( *newName:) .*$/m, '$1 ghcr.io/someone/monzo-exporter')
    assert.notEqual(set, text)
    await writeFile(path, set)
    const said = execFileSync(kubectl, ['kustomize', folder], { encoding: 'utf8' })
    assert.deepEqual(
      said.match(/^ *image: .*$/gm)?.map((line) => line.trim()),
      [`image: ghcr.io/someone/monzo-exporter:${version}`],
    )
    const rendered = parseAllDocuments(said).map((document): Manifest => document.toJS())
    assert.equal(rendered.length, MANIFESTS.length + kustomization.configMapGenerator.length)
    for (const { kind, metadata } of rendered)
      assert.equal(metadata.namespace, kind === 'Namespace' ? undefined : kustomization.namespace)
  })
  it('would be refused with a typo: the schemas know every field’s type', () => {
    const typo = structuredClone(statefulSet) as { spec: { replicas: unknown } }
    typo.spec.replicas = 'one'
    assert.throws(() => validate(typo as never), /replicas/)
  })
})

describe('The StatefulSet', () => {
  it('has one replica, and keeps the folder of tokens.json, with the history in it', () => {
    assert.equal(statefulSet.spec?.replicas, 1)
    const [claim] = statefulSet.spec?.volumeClaimTemplates ?? []
    const mount = container.volumeMounts?.find(({ name }) => name === claim?.metadata?.name)
    assert.equal(env['MONZO_EXPORTER_TOKENS_FILE'], `${mount?.mountPath}/tokens.json`)
    assert.equal(env['MONZO_EXPORTER_HISTORY_FOLDER'], `${mount?.mountPath}/history`)
    assert.equal(mount?.subPath, undefined)
    assert.notEqual(mount?.readOnly, true)
  })
  it('mounts every volume that it has, and has every volume that it mounts', () => {
    const volumes = [
      ...(pod?.volumes ?? []).map(({ name }) => name),
      ...(statefulSet.spec?.volumeClaimTemplates ?? []).map(({ metadata }) => metadata?.name),
    ]
    const mounts = (container.volumeMounts ?? []).map(({ name }) => name)
    assert.deepEqual(volumes.sort(), mounts.sort())
    const [config, secrets] = pod?.volumes ?? []
    assert.equal(config?.configMap?.name, kustomization.configMapGenerator[0]?.name)
    assert.equal(secrets?.secret?.secretName, secret.metadata?.name)
    assert.equal(secrets?.secret?.defaultMode, 0o440)
  })
  it('is asked for health, not for a balance: a pod without login must stay reachable', () => {
    for (const probe of [container.readinessProbe, container.livenessProbe]) {
      assert.equal(probe?.httpGet?.path, '/-/healthy')
      assert.equal(probe?.httpGet?.port, 'http')
    }
  })
  it('is routed to without a balance, even if somebody makes a probe ask for one', () => {
    for (const service of [pages, metrics])
      assert.equal(service.spec?.publishNotReadyAddresses, true, service.metadata?.name)
  })
  it('lets no Service set variables, which would look like unknown settings', () =>
    assert.equal(pod?.enableServiceLinks, false))

  it('keeps to the restricted profile, and then some', () => {
    const { securityContext: own } = container
    assert.equal(pod?.securityContext?.runAsNonRoot, true)
    assert.ok(Number(pod?.securityContext?.runAsUser) > 0)
    assert.equal(pod?.securityContext?.seccompProfile?.type, 'RuntimeDefault')
    assert.equal(own?.allowPrivilegeEscalation, false)
    assert.deepEqual(own?.capabilities, { drop: ['ALL'] })
    assert.equal(own?.readOnlyRootFilesystem, true)
    assert.equal(own?.privileged, undefined)
    for (const key of ['hostNetwork', 'hostPID', 'hostIPC'] as const)
      assert.equal(pod?.[key], undefined)
    for (const port of container.ports ?? []) assert.equal(port.hostPort, undefined)
    for (const { name, ...source } of pod?.volumes ?? [])
      assert.match(Object.keys(source).join(), /^(configMap|secret)$/, name)
    assert.equal(pod?.automountServiceAccountToken, false)
    const namespace = find<INamespace>('Namespace', kustomization.namespace)
    const { labels = {} } = namespace.metadata ?? {}
    assert.equal(labels['pod-security.kubernetes.io/enforce'], 'restricted')
  })
})

describe('The Services', () => {
  const portOf = (name: string) => container.ports?.find((port) => port.name === name)

  it('select the pod, as the StatefulSet does', () => {
    for (const selector of [
      statefulSet.spec?.selector.matchLabels,
      pages.spec?.selector,
      metrics.spec?.selector,
    ])
      assert.deepEqual(selector, podLabels)
    assert.equal(statefulSet.spec?.serviceName, metrics.metadata?.name)
    assert.equal(metrics.spec?.clusterIP, 'None')
  })
  it('lead to the ports that the exporter listens on', () => {
    for (const { spec } of [pages, metrics])
      for (const { port, targetPort } of spec?.ports ?? [])
        assert.equal(portOf(String(targetPort))?.containerPort, port)
    assert.equal(env['MONZO_EXPORTER_SERVER_ADDR'], `:${portOf('http')?.containerPort}`)
    assert.equal(env['MONZO_EXPORTER_METRICS_ADDR'], `:${portOf('metrics')?.containerPort}`)
  })
  it('are scraped once, by the job name that the rules know, with the token', () => {
    const { matchLabels = {} } = monitor.spec?.selector ?? {}
    const scraped = [pages, metrics].filter(({ metadata }) =>
      Object.entries(matchLabels).every(([key, value]) => metadata?.labels?.[key] === value),
    )
    assert.deepEqual(scraped, [metrics])
    const [endpoint] = monitor.spec?.endpoints ?? []
    assert.equal(endpoint?.port, metrics.spec?.ports?.[0]?.name)
    assert.equal(endpoint?.path, '/stats')
    assert.deepEqual(endpoint?.relabelings, [{ targetLabel: 'job', replacement: 'monzo' }])
    const { name, key = '' } = endpoint?.authorization?.credentials ?? {}
    assert.equal(name, secret.metadata?.name)
    assert.ok(key in (secret.stringData ?? {}))
  })
})

describe('The configuration', () => {
  const SECRETS = ['client_secret', 'auth_key', 'stats_token'] as const

  it('reads every secret from the Secret, and no other', () => {
    assert.deepEqual(Object.keys(secret.stringData ?? {}), SECRETS)
    const mount = container.volumeMounts?.find(({ name }) => name === 'secrets')
    for (const key of SECRETS)
      assert.equal(env[envName(fileKey(key))], `${mount?.mountPath}/${key}`)
  })
  it('is refused until its placeholders are replaced, each of them named', async (t) => {
    const given = await asMounted(t, secret.stringData ?? {})
    assert.throws(
      () => loadConfig(given),
      (error: Error) => {
        for (const key of ['client_id', 'client_secret', 'auth_key', 'stats_token'])
          assert.match(String(error.message), new RegExp(key, 'i'))
        return true
      },
    )
  })
  it('is good once they are', async (t) => {
    const secrets = {
      client_secret: 'mnzconf.0123456789abcdef',
      auth_key: '0123456789abcdef0123',
      stats_token: 'fedcba9876543210fedc',
    }
    const given = await asMounted(t, secrets, (text) =>
      text.replace(/oauth2client_x+/, 'oauth2client_0000AbCdEf'),
    )
    const { config, warnings } = loadConfig(given)
    assert.equal(config.client_secret, secrets.client_secret)
    assert.equal(config.stats_token, secrets.stats_token)
    assert.equal(config.metrics_addr?.port, 9036)
    // It has to listen for the Service; until there is an Ingress, `kubectl port-forward` is the way in.
    assert.equal(warnings.length, 1)
    assert.match(
      warnings[0] ?? '',
      /^redirect_uri leads to 127\.0\.0\.1, .*forward its port to yours/,
    )
  })
})

/** The container's files in a folder, and its environment with paths to there. */
async function asMounted(
  t: TestContext,
  secrets: Readonly<Record<string, string>>,
  fill = (text: string) => text,
) {
  const cwd = await createFolder(t)
  for (const path of Object.values(env).filter((value) => value.startsWith('/')))
    await mkdir(join(cwd, path, '..'), { recursive: true })
  const config = readFileSync(join(FOLDER, 'config.toml'), 'utf8')
  await writeFile(join(cwd, env['MONZO_EXPORTER_CONFIG'] ?? ''), fill(config))
  for (const [key, value] of Object.entries(secrets))
    await writeFile(join(cwd, '/run/secrets/monzo-exporter', key), value, { mode: 0o440 })
  const moved = Object.entries(env).map(([name, value]) => [
    name,
    value.startsWith('/') ? join(cwd, value) : value,
  ])
  return { env: Object.fromEntries(moved), cwd, flags: {} }
}
