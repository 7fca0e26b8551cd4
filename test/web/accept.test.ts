import assert from 'node:assert/strict'
import { it } from 'node:test'
import { acceptsGzip, prefersOpenMetrics } from '../../src/web/accept.ts'

const PROMETHEUS_2 =
  'application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2'
const PROMETHEUS_3 =
  'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2'

const formats: [accept: string | undefined, isOpenMetrics: boolean][] = [
  [undefined, false],
  ['', false],
  ['*/*', false],
  ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', false],
  [PROMETHEUS_2, true],
  [PROMETHEUS_3, true],
  ['text/plain;version=0.0.4;q=1,*/*;q=0.1', false],
  ['application/openmetrics-text', true],
  ['Application/OpenMetrics-Text; Version="1.0.0"', true],
  ['application/openmetrics-text;version=0.0.1', false],
  ['application/openmetrics-text;q=0', false],
  ['application/openmetrics-text;q=0,*/*', false],
  ['application/openmetrics-text;q=0.5,text/plain;q=0.5', false],
  ['application/openmetrics-text;q=0.4,text/plain;q=0.5', false],
  ['application/openmetrics-text;q=0.5,text/*;q=0.4', true],
  ['application/openmetrics-text;q=nonsense', false],
  ['application/openmetrics-text;q=7', false],
  ['image/png', false],
]
for (const [accept, isOpenMetrics] of formats) {
  it(`answers Accept ${accept ?? '(none)'} with ${isOpenMetrics ? 'OpenMetrics' : 'text'}`, () => {
    assert.equal(prefersOpenMetrics(accept), isOpenMetrics)
  })
}

const encodings: [accept: string | undefined, isGzip: boolean][] = [
  [undefined, false],
  ['', false],
  ['gzip', true],
  ['GZIP', true],
  ['x-gzip', true],
  ['br, gzip;q=0.5', true],
  ['deflate , gzip ; q=0.001', true],
  ['gzip;q=0', false],
  ['gzip;q=0.000', false],
  ['gzip;q=0, *', false],
  ['*', true],
  ['*;q=0', false],
  ['identity', false],
  ['notgzip', false],
]
for (const [accept, isGzip] of encodings) {
  it(`${isGzip ? 'compresses' : 'does not compress'} for Accept-Encoding ${accept ?? '(none)'}`, () => {
    assert.equal(acceptsGzip(accept), isGzip)
  })
}
