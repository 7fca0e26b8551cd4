import assert from 'node:assert/strict'
import { it } from 'node:test'
import { renderExposition } from '../../src/metrics/exposition.ts'
import { createMeters } from '../../src/metrics/meters.ts'
import { parseExposition } from './parse-exposition.ts'
import { BUILD, EMPTY } from './readings.ts'

function setup() {
  const meters = createMeters(BUILD)
  const values = async (pattern: RegExp) => {
    const { text } = await renderExposition(EMPTY, meters.registries)
    const lines = text.plain.toString().split('\n')
    assert.ok(parseExposition(text.plain).length > 0)
    return lines.filter((line) => pattern.test(line))
  }
  return { meters, values }
}

it('counts every outcome of a refresh from 0 on, so that rate() sees the first one', async () => {
  const { meters, values } = setup()
  meters.tokenRefreshed({ outcome: 'refused' })
  assert.deepEqual(await values(/^monzo_token_refreshes_total/), [
    'monzo_token_refreshes_total{outcome="refreshed"} 0',
    'monzo_token_refreshes_total{outcome="refused"} 1',
    'monzo_token_refreshes_total{outcome="failed"} 0',
    'monzo_token_refreshes_total{outcome="withheld"} 0',
  ])
})
it('counts a request and measures it', async () => {
  const { meters, values } = setup()
  meters.apiRequest({ endpoint: '/balance', code: '200', seconds: 0.25 })
  meters.apiRequest({ endpoint: '/balance', code: 'network', seconds: 0.5 })
  meters.apiRequest({ endpoint: '/pots', code: '200', seconds: 1 })
  assert.deepEqual(await values(/^monzo_api_requests_total|_duration_seconds_(sum|count)\{/), [
    'monzo_api_request_duration_seconds_sum{endpoint="/balance"} 0.75',
    'monzo_api_request_duration_seconds_count{endpoint="/balance"} 2',
    'monzo_api_request_duration_seconds_sum{endpoint="/pots"} 1',
    'monzo_api_request_duration_seconds_count{endpoint="/pots"} 1',
    'monzo_api_requests_total{endpoint="/balance",code="200"} 1',
    'monzo_api_requests_total{endpoint="/balance",code="network"} 1',
    'monzo_api_requests_total{endpoint="/pots",code="200"} 1',
  ])
})
it('tells a call that was given up after ten seconds from one that took nearly ten', async () => {
  const { meters, values } = setup()
  meters.apiRequest({ endpoint: '/balance', code: '200', seconds: 9.9 })
  meters.apiRequest({ endpoint: '/balance', code: 'timeout', seconds: 10.002 })
  assert.deepEqual(await values(/le="(10|\+Inf)",endpoint=/), [
    'monzo_api_request_duration_seconds_bucket{le="10",endpoint="/balance"} 1',
    'monzo_api_request_duration_seconds_bucket{le="+Inf",endpoint="/balance"} 2',
  ])
})
it('keeps meters of two exporters in one process apart', async () => {
  const [one, other] = [setup(), setup()]
  one.meters.pollFailed({ reason: 'monzo_http' })
  assert.equal((await one.values(/^monzo_poll_failures_total/)).length, 1)
  assert.deepEqual(await other.values(/monzo_poll_failures/), [])
})
