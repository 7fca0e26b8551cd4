import { ERRORS, Refusal } from '../errors.ts'

/** An OAuth client as registered at the developer portal. */
export interface SandboxClient {
  readonly clientId: string
  readonly clientSecret: string
  /** Must match a request's `redirect_uri` exactly. */
  readonly redirectUris: readonly string[]
}

/** The clients registered at the developer portal. */
export interface ClientRegister {
  /** Replaces a client with the same id. */
  register(client: SandboxClient): void
  find(clientId: string): SandboxClient | undefined
  list(): readonly SandboxClient[]
  /** @throws {Refusal} E18 unless there is such a client and the secret is right. */
  authenticate(clientId: string | null, clientSecret: string | null): SandboxClient
}

export function createClientRegister(clients: readonly SandboxClient[]): ClientRegister {
  const byId = new Map(clients.map((client) => [client.clientId, client]))
  return {
    register: (client) => void byId.set(client.clientId, client),
    find: (clientId) => byId.get(clientId),
    list: () => [...byId.values()],
    authenticate(clientId, clientSecret) {
      const client = byId.get(clientId ?? '')
      if (!client || client.clientSecret !== clientSecret) throw new Refusal(ERRORS.E18)
      return client
    },
  }
}
