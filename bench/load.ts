import { connect } from 'node:net'

// Loads a server over keep-alive connections, each asking again as soon as it has an answer. In a
// process of its own, so that the server has a core to itself: told what to do by messages.

/** How hard to ask. It ends with what comes first. */
export interface LoadJob {
  readonly port: number
  readonly headers: Readonly<Record<string, string>>
  readonly connections: number
  readonly seconds?: number
  /** On each connection. */
  readonly requests?: number
  /** Of each connection, between an answer and its next request; none unless told. */
  readonly restMs?: number
}

/** How it went. */
export interface LoadReport {
  readonly requestsPerSecond: number
  readonly p99Ms: number
}

const HEAD_END = '\r\n\r\n'
const OK = 'HTTP/1.1 200 '
const LENGTH = '\r\ncontent-length: '
const RECEIVE_BYTES = 256 * 1024

process.on('message', (job: LoadJob) => {
  load(job).then(
    (report) => process.send?.(report),
    (error: unknown) => {
      console.error(error)
      process.exit(1)
    },
  )
})

async function load(job: LoadJob): Promise<LoadReport> {
  const beganMs = performance.now()
  const connections = Array.from({ length: job.connections }, () => askOften(job, beganMs))
  const latenciesMs = (await Promise.all(connections)).flat()
  const tookMs = performance.now() - beganMs
  latenciesMs.sort((a, b) => a - b)
  return {
    requestsPerSecond: (latenciesMs.length / tookMs) * 1000,
    p99Ms: latenciesMs[Math.floor(latenciesMs.length * 0.99)] ?? Number.NaN,
  }
}

/** One connection's latencies. Rejects on anything but a 200 with `content-length`. */
function askOften(job: LoadJob, beganMs: number): Promise<readonly number[]> {
  const { port, seconds = Number.POSITIVE_INFINITY, requests, restMs = 0 } = job
  const untilMs = beganMs + seconds * 1000
  const request = requestWith(job.headers)
  return new Promise((resolve, reject) => {
    const latenciesMs: number[] = []
    let askedMs = 0
    let missingBytes = 0
    const ask = () => {
      askedMs = performance.now()
      socket.write(request)
    }
    const receive = (length: number, buffer: Uint8Array): boolean => {
      if (missingBytes === 0) missingBytes = answerBytes(buffer.subarray(0, length))
      missingBytes -= length
      if (missingBytes > 0) return true
      const nowMs = performance.now()
      latenciesMs.push(nowMs - askedMs)
      if (nowMs >= untilMs || latenciesMs.length === requests) {
        socket.destroy()
        resolve(latenciesMs)
      } else if (restMs > 0) setTimeout(ask, restMs)
      else ask()
      return true
    }
    const socket = connect({
      port,
      host: '127.0.0.1',
      noDelay: true,
      onread: { buffer: Buffer.alloc(RECEIVE_BYTES), callback: receive },
    })
    socket.on('connect', ask)
    socket.on('error', reject)
    socket.on('close', () => reject(new Error(`port ${port} hung up`))) // settled already, if we did
  })
}

function requestWith(headers: LoadJob['headers']): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  return `GET /stats HTTP/1.1\r\nhost: 127.0.0.1\r\n${lines.join('')}\r\n`
}

/** How long the answer that begins here is in all. Plain searches: longer headers take no longer. */
function answerBytes(start: Uint8Array): number {
  const text = Buffer.from(start.buffer, start.byteOffset, Math.min(start.length, 2048))
  const head = text.toString('latin1', 0, text.indexOf(HEAD_END))
  const lengthAt = head.indexOf(LENGTH)
  if (!head.startsWith(OK) || lengthAt < 0) throw new Error(`not an answer: ${head}`)
  return head.length + HEAD_END.length + Number.parseInt(head.slice(lengthAt + LENGTH.length), 10)
}
