/** Every call that there is. What is not listed can't be made: there is none that moves money. */
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
/** The `endpoint` of metrics: a part that differs from call to call is `:id`. */
export type EndpointPath = PathOf<Endpoint>

/** Those that answer with a list of records. */
export type ListPath = Extract<EndpointPath, '/accounts' | '/pots' | '/transactions' | '/webhooks'>

type GetPath<E extends Endpoint = Endpoint> = E extends `GET ${infer Path}` ? Path : never
/** Those that can be read again and again without harm. */
export type ReadPath = Extract<EndpointPath, GetPath>
