import { once } from 'node:events'
import { connect } from 'node:net'
import { pipeline } from 'node:stream'
import { createServer } from 'node:tls'
import { DAY_MS, systemClock } from '../src/lib/clock.ts'
import { spendingPeriods } from '../src/lib/london.ts'
import { type Bank, SANDBOX_CLIENT, type Sandbox, startSandbox } from '../src/sandbox/sandbox.ts'
import { crowdEmail, logInCrowd } from '../test/fakes/crowd.ts'
import { freePort } from '../test/fakes/free-port.ts'
import { TLS } from '../test/web/self-signed.ts'

// The simulated Monzo in a process of its own, its API behind TLS, told what to do by messages.

/** Who banks there; all have logged in and approved. */
export interface People {
  readonly count: number
  /** Of each of them, in the only account. */
  readonly pots?: number
  /** The first one gets a second account, with so many transactions this month. */
  readonly transactions?: number
}

export type MonzoCommand = ({ readonly do: 'start' } & People) | { readonly do: 'count' }

/** What it takes to be logged in there. */
export interface MonzoAccess {
  readonly apiUrl: string
  readonly authUrl: string
  readonly clientId: string
  readonly clientSecret: string
  /** The one with the transactions. */
  readonly accountId?: string
  /** A tokens.json with everybody. */
  readonly tokens: string
}

/** All requests so far, by endpoint: `GET /balance`. */
export type MonzoCounts = Readonly<Record<string, number>>

// Nobody is redirected here: the clicks are played without a browser.
const CALLBACK_URL = 'http://127.0.0.1:8080/callback'

let sandbox: Sandbox | undefined

process.on('message', (command: MonzoCommand) => {
  obey(command).then(
    (answer) => process.send?.(answer),
    (error: unknown) => {
      console.error(error)
      process.exit(1)
    },
  )
})

async function obey(command: MonzoCommand): Promise<MonzoAccess | MonzoCounts> {
  if (command.do === 'start') return start(command)
  const counts: Record<string, number> = {}
  for (const { endpoint } of sandbox?.requests ?? []) counts[endpoint] = (counts[endpoint] ?? 0) + 1
  return counts
}

async function start({ count, pots = 0, transactions }: People): Promise<MonzoAccess> {
  const { clientId, clientSecret } = SANDBOX_CLIENT
  const client = { ...SANDBOX_CLIENT, redirectUris: [CALLBACK_URL] }
  // Nothing happens in this bank, and several exporters may use one login: all polls cost the same.
  const knobs = { livelyEveryMs: 0, rateLimit: 'off' } as const
  sandbox = await startSandbox({ clock: systemClock, clients: [client], knobs })
  const { authUrl, bank } = sandbox
  const crowd = { count, callbackUrl: CALLBACK_URL, nowMs: systemClock.now() }
  const tokens = await logInCrowd(sandbox, crowd)
  const apiUrl = await secure(sandbox.apiUrl)
  const access = { apiUrl, authUrl, clientId, clientSecret, tokens }
  for (let n = 0; n < count; n++)
    for (const { id } of bank.accountsOf(personId(bank, n)))
      for (let pot = 0; pot < pots; pot++)
        bank.addPot(id, { name: `Pot ${pot}`, goalMinor: 100_000 + pot })
  if (transactions === undefined) return access
  return { ...access, accountId: openAccount(bank, transactions) }
}

/**
 * Puts a listener with TLS in front of one without. Like it, it keeps connections open for a minute.
 * @returns its URL.
 */
async function secure(url: string): Promise<string> {
  const port = Number(new URL(url).port)
  const server = createServer({ ...TLS, noDelay: true }, (socket) => {
    const upstream = connect({ port, host: '127.0.0.1', noDelay: true })
    pipeline(socket, upstream, socket, () => {}) // one end hung up: the other one is closed by now
  })
  const securePort = await freePort()
  server.listen(securePort, '127.0.0.1')
  await once(server, 'listening')
  return `https://127.0.0.1:${securePort}`
}

const personId = (bank: Bank, n: number): string => bank.findPerson(crowdEmail(n))?.id ?? ''

/** @returns the id of an account in which nothing else happens. */
function openAccount(bank: Bank, transactions: number): string {
  const ownerId = personId(bank, 0)
  const nowMs = systemClock.now()
  const createdMs = nowMs - 400 * DAY_MS
  const { id } = bank.addAccount({ ownerIds: [ownerId], type: 'uk_retail', createdMs })
  // The newest one was made now, the others in the first half of the month so far: what a poll reads
  // again, because it may still change, is the same few however many there are.
  const { startMs } = spendingPeriods(nowMs).month
  const stepMs = (nowMs - startMs) / 2 / transactions
  for (let n = 1; n <= transactions; n++) {
    const atMs = n === transactions ? nowMs : startMs + n * stepMs
    bank.addTransaction(id, { amountMinor: -100, createdMs: Math.floor(atMs) })
  }
  return id
}
