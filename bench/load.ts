import { connect } from 'node:net'

// Loads a server over keep-alive connections, each asking again as soon as it has an answer. In a
// process of its own, so that the server has a core to itself: told what to do by messages.

/** What to ask for, and how hard. */
export interface LoadJob {
  readonly port: number
  readonly connections: number
  readonly seconds: number
  /** Of each connection, between an answer and its next request; none unless told. */
  readonly restMs?: number
}

/** How it went. */
export interface LoadReport {
  readonly requestsPerSecond: number
  readonly p99Ms: number
}

const REQUEST = 'GET /stats HTTP/1.1\r\nhost: 127.0.0.1\r\naccept: text/plain\r\n\r\n'
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

async function load({ port, connections, seconds, restMs = 0 }: LoadJob): Promise<LoadReport> {
  const beganMs = performance.now()
  const untilMs = beganMs + seconds * 1000
  const latenciesMs = (
    await Promise.all(Array.from({ length: connections }, () => askUntil(untilMs, port, restMs)))
  ).flat()
  const tookMs = performance.now() - beganMs
  latenciesMs.sort((a, b) => a - b)
  return {
    requestsPerSecond: (latenciesMs.length / tookMs) * 1000,
    p99Ms: latenciesMs[Math.floor(latenciesMs.length * 0.99)] ?? Number.NaN,
  }
}

/** One connection's latencies. Rejects on anything but a 200 with `content-length`. */
function askUntil(untilMs: number, port: number, restMs: number): Promise<readonly number[]> {
  return new Promise((resolve, reject) => {
    const latenciesMs: number[] = []
    let askedMs = 0
    let missingBytes = 0
    const ask = () => {
      askedMs = performance.now()
      socket.write(REQUEST)
    }
    const receive = (length: number, buffer: Uint8Array): boolean => {
      if (missingBytes === 0) missingBytes = answerBytes(buffer.subarray(0, length))
      missingBytes -= length
      if (missingBytes > 0) return true
      const nowMs = performance.now()
      latenciesMs.push(nowMs - askedMs)
      if (nowMs < untilMs && restMs > 0) setTimeout(ask, restMs)
      else if (nowMs < untilMs) ask()
      else {
        socket.destroy()
        resolve(latenciesMs)
      }
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

/** How long the answer that begins here is in all. Plain searches: longer headers take no longer. */
function answerBytes(start: Uint8Array): number {
  const text = Buffer.from(start.buffer, start.byteOffset, Math.min(start.length, 2048))
  const head = text.toString('latin1', 0, text.indexOf(HEAD_END))
  const lengthAt = head.indexOf(LENGTH)
  if (!head.startsWith(OK) || lengthAt < 0) throw new Error(`not an answer: ${head}`)
  return head.length + HEAD_END.length + Number.parseInt(head.slice(lengthAt + LENGTH.length), 10)
}
