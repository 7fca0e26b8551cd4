import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import { z } from 'zod'

const replySchema = z.object({ refresh_token: z.string() })

/** One call of the token endpoint, as Monzo knows it. */
interface Exchange {
  /** The one-time token that it used up. */
  readonly spent: string
  /** Its successor: the only one that works from then on. */
  readonly given: string
}

/**
 * The wire between an exporter and the simulated Monzo, which remembers every refresh: who asks
 * Monzo whether a token still works would use it up.
 */
export async function createWire(t: Pick<TestContext, 'after'>, apiUrl: string) {
  const exchanges: Exchange[] = []
  const refused: string[] = []
  let underWay = 0
  const server = createServer((request, response) => {
    underWay++ // until Monzo has answered, whether or not the one who asked still lives
    void answer(request, response)
      .catch(() => undefined) // cut off before it was all here
      .finally(() => underWay--)
  })
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const body = Buffer.concat(chunks)
    const { authorization, 'content-type': type } = request.headers
    const headers = {
      ...(authorization && { authorization }),
      ...(type && { 'content-type': type }),
    }
    const reply = await fetch(`${apiUrl}${request.url}`, {
      method: request.method ?? 'GET',
      headers,
      ...(body.length > 0 && { body }),
    })
    const text = await reply.text()
    if (request.url === '/oauth2/token') {
      const spent = new URLSearchParams(body.toString()).get('refresh_token')
      const given = reply.ok ? replySchema.parse(JSON.parse(text)).refresh_token : undefined
      if (spent !== null && given !== undefined) exchanges.push({ spent, given })
      else if (spent !== null) refused.push(spent)
    }
    response.writeHead(reply.status, { 'content-type': 'application/json' }).end(text)
  }
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    exchanges,
    /** Tokens that were sent when they were used up already. */
    refused,
    /** Resolves when nothing is on its way, for which the other end has to be gone. */
    async quiet(): Promise<void> {
      for (let quiet = 0; quiet < 2; quiet++) {
        const connections = await new Promise<number>((resolve) =>
          server.getConnections((_, count) => resolve(count)),
        )
        if (connections > 0 || underWay > 0) quiet = -1
        await new Promise((resolve) => setTimeout(resolve, 2))
      }
    },
  }
}
export type Wire = Awaited<ReturnType<typeof createWire>>
