/** Every call the exporter can make. None of them moves money, and no other call can be made. */
export const ENDPOINTS = [
  'POST /oauth2/token',
  'POST /oauth2/logout',
  'GET /ping/whoami',
  'GET /accounts',
  'GET /balance',
  'GET /pots',
  'GET /transactions',
  'GET /webhooks',
  'POST /webhooks',
  'DELETE /webhooks/:id',
  'POST /feed',
] as const
type Endpoint = (typeof ENDPOINTS)[number]

type PathOf<E extends Endpoint> = E extends `${string} ${infer Path}` ? Path : never
/** The `endpoint` label of metrics; the part that differs from call to call is written `:id`. */
export type EndpointPath = PathOf<Endpoint>

/** Endpoints that reply with a list of records. */
export type ListPath = Extract<EndpointPath, '/accounts' | '/pots' | '/transactions' | '/webhooks'>

type GetPath<E extends Endpoint = Endpoint> = E extends `GET ${infer Path}` ? Path : never
/** Endpoints that can be read repeatedly without harm. */
export type ReadPath = Extract<EndpointPath, GetPath>
