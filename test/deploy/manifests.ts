import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  PrometheusRule,
  ServiceMonitor,
} from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1'
import { StatefulSet } from 'kubernetes-models/apps/v1'
import { Namespace, Secret, Service } from 'kubernetes-models/v1'
import { parse, parseAllDocuments } from 'yaml'

export const FOLDER = 'deploy/kubernetes'

/** A model of each kind; its constructor takes what a manifest says. */
const MODELS = { Namespace, Secret, Service, StatefulSet, ServiceMonitor, PrometheusRule }
type Kind = keyof typeof MODELS

export interface Manifest {
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly labels?: Record<string, string>
  }
}

export const kustomization = parse(readFileSync(join(FOLDER, 'kustomization.yaml'), 'utf8')) as {
  readonly namespace: string
  readonly resources: readonly string[]
  readonly configMapGenerator: readonly { readonly name: string; readonly files: string[] }[]
  readonly images: readonly { readonly name: string }[]
}

/** Everything that the kustomization brings, as it stands in its files. */
export const MANIFESTS: readonly Manifest[] = kustomization.resources.flatMap((name) =>
  parseAllDocuments(readFileSync(join(FOLDER, name), 'utf8')).map((document) => document.toJS()),
)

export function find<T>(kind: Kind, name: string): T {
  const found = MANIFESTS.find((one) => one.kind === kind && one.metadata.name === name)
  if (!found) throw new Error(`there is no ${kind} ${name}`)
  return found as T
}

/** @throws what Kubernetes' own schema of that kind has against it. */
export function validate(manifest: Manifest): void {
  const Model = MODELS[manifest.kind as Kind] as new (data: unknown) => { validate(): void }
  new Model(manifest).validate()
}
