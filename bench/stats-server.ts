import { type Clock, systemClock } from '../src/lib/clock.ts'
import type { Log } from '../src/lib/log.ts'
import { renderExposition } from '../src/metrics/exposition.ts'
import { createMeters } from '../src/metrics/meters.ts'
import { addProcessMetrics } from '../src/metrics/process-metrics.ts'
import { createPublisher } from '../src/metrics/publisher.ts'
import { createListener } from '../src/web/listener.ts'
import { listen } from '../src/web/serve.ts'
import { inventSnapshot } from './invented-snapshot.ts'

// The exporter's own way from a snapshot to the socket, as src/app.ts lays it, on readings that
// are made up. In a process of its own: `stats-server <port> <series>`.
const [port = 0, series = 0] = process.argv.slice(2).map(Number)
const clock: Clock = systemClock
const fail = (_fields: object, message: string) => {
  throw new Error(message)
}
const log: Log = { debug: () => {}, info: () => {}, warn: fail, error: fail }

const meters = createMeters({ version: '0.0.0', revision: 'bench', nodeVersion: process.version })
addProcessMetrics(meters.registries)
const publisher = createPublisher({
  clock,
  snapshot: () => inventSnapshot(series, clock),
  render: (snapshot) => renderExposition(snapshot, meters.registries),
  onError: (error) => log.error({ err: error }, 'The metrics could not be rendered.'),
})
const listener = createListener({
  exposition: () => publisher.current(),
  publicUrl: new URL(`http://127.0.0.1:${port}`),
  isAllowed: () => true,
  ready: () => undefined,
  log,
})

publisher
  .start()
  .then(() => listen(listener, { host: '127.0.0.1', port }, { clock, setting: 'port' }))
  .catch((error: unknown) => {
    console.error(error)
    process.exit(1)
  })
