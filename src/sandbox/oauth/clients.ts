import { ERRORS, Refusal } from '../errors.ts'

/** A client as it is registered at the developer portal. */
export interface SandboxClient {
  readonly clientId: string
  readonly clientSecret: string
  /** Compared as text, to the last character. */
  readonly redirectUris: readonly string[]
}

/** The developer portal's list. */
export interface ClientRegister {
  /** A client of the same id is replaced. */
  register(client: SandboxClient): void
  find(clientId: string): SandboxClient | undefined
  list(): readonly SandboxClient[]
  /** @throws {Refusal} E18 unless both are those of one client. */
  authenticate(clientId: string | null, clientSecret: string | null): SandboxClient
}

/** Kept in memory. */
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
