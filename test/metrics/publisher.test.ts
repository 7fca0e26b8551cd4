import assert from 'node:assert/strict'
import { it, type TestContext } from 'node:test'
import type { Exposition } from '../../src/metrics/exposition.ts'
import { createPublisher } from '../../src/metrics/publisher.ts'
import type { Snapshot } from '../../src/readings/snapshot.ts'
import { DrivenClock } from '../fakes/driven-clock.ts'
import { EMPTY } from './readings.ts'

const { POSITIVE_INFINITY: FOREVER } = Number

/** Its wall clock goes on in suspend, unlike its timers and `elapsed()`. */
class LaptopClock extends DrivenClock {
  #asleepMs = 0
  override now(): number {
    return super.now() + this.#asleepMs
  }
  suspend(ms: number): void {
    this.#asleepMs += ms
  }
}

interface Options {
  readonly renderMs?: number
  /** How long what is rendered at a moment stays valid. @param ms since the start. */
  readonly validForMs?: (ms: number) => number
}

/** The n-th rendering's bytes are its number. */
async function setup(t: TestContext, { renderMs = 0, validForMs = () => FOREVER }: Options = {}) {
  const clock = new LaptopClock()
  const startMs = clock.now()
  const renderedAtMs: number[] = []
  const errors: unknown[] = []
  const next = { error: undefined as Error | undefined }
  const publisher = createPublisher({
    clock,
    source: {
      snapshot: (): Snapshot => ({ ...EMPTY, validForMs: validForMs(clock.now() - startMs) }),
    },
    async render() {
      const number = renderedAtMs.push(clock.elapsed())
      if (renderMs > 0) await clock.sleep(renderMs)
      if (next.error) throw next.error
      return exposition(number)
    },
    onError: (error) => errors.push(error),
  })
  const started = publisher.start()
  await clock.advance(renderMs)
  await started
  t.after(async () => {
    const stopped = publisher.stop()
    await clock.advance(renderMs)
    await stopped
    assert.equal(clock.waiting, 0)
  })
  const current = () => {
    const shown = publisher.current()
    return shown instanceof Promise ? shown.then(numberOf) : numberOf(shown)
  }
  return { clock, publisher, current, renderedAtMs, errors, next }
}

function exposition(number: number): Exposition {
  const bytes = Buffer.from(`${number}`)
  const rendering = { contentType: '', plain: bytes, gzip: bytes }
  return { text: rendering, openMetrics: rendering }
}
const numberOf = ({ text }: Exposition) => Number(text.plain)

it('has an exposition ready once it is started', async (t) => {
  const { current, renderedAtMs } = await setup(t)
  assert.equal(current(), 1)
  assert.deepEqual(renderedAtMs, [0])
})
it('renders a change at once when there was none for a while', async (t) => {
  const { clock, publisher, current, renderedAtMs } = await setup(t, { renderMs: 50 })
  await clock.advance(1000)
  publisher.changed()
  await clock.advance(50)
  assert.equal(current(), 2)
  assert.equal(renderedAtMs[1], 1050)
})
it('renders every 15 s even if nothing changes', async (t) => {
  const { clock, renderedAtMs } = await setup(t)
  await clock.advance(45_000)
  assert.deepEqual(renderedAtMs, [0, 15_000, 30_000, 45_000])
})
it('puts the next of these off when a change came in between', async (t) => {
  const { clock, publisher, renderedAtMs } = await setup(t)
  await clock.advance(10_000)
  publisher.changed()
  await clock.advance(20_000)
  assert.deepEqual(renderedAtMs, [0, 10_000, 25_000])
})
it('renders a moment after a value was as old as it may get, and not before', async (t) => {
  const { clock, renderedAtMs } = await setup(t, {
    validForMs: (ms) => (ms <= 5000 ? 5000 - ms : FOREVER),
  })
  await clock.advance(15_000)
  assert.deepEqual(renderedAtMs, [0, 5001])
})
it('makes many changes one rendering', async (t) => {
  const { clock, publisher, renderedAtMs } = await setup(t)
  await clock.advance(1000)
  for (let change = 0; change < 100; change++) publisher.changed()
  await clock.advance(1000)
  assert.deepEqual(renderedAtMs, [0, 1000])
})
it('renders once more for all the changes during a rendering', async (t) => {
  const { clock, publisher, renderedAtMs } = await setup(t, { renderMs: 20 })
  await clock.advance(980)
  publisher.changed()
  for (let change = 0; change < 10; change++) {
    await clock.advance(1)
    publisher.changed()
  }
  await clock.advance(2000)
  assert.deepEqual(renderedAtMs, [0, 1000, 1020])
})
it('spends at most 0.5 % of the time on a stream of changes', async (t) => {
  const renderMs = 20
  const { clock, publisher, renderedAtMs } = await setup(t, { renderMs })
  for (let poll = 0; poll < 3000; poll++) {
    publisher.changed()
    await clock.advance(100)
  }
  const spentMs = (renderedAtMs.length - 1) * renderMs // the last one is paid for afterwards
  const savedMs = 120_000 // of rest, at the start
  assert.ok(spentMs <= (clock.elapsed() + savedMs) / 200, `${spentMs}`)
  assert.ok(spentMs > clock.elapsed() / 200, `${spentMs}`)
})
it('renders the first polls at once, although the first rendering is a slow one', async (t) => {
  const { clock, publisher, renderedAtMs } = await setup(t, { renderMs: 250 })
  await clock.advance(50)
  publisher.changed()
  await clock.advance(50)
  assert.deepEqual(renderedAtMs, [0, 300])
})
it('saves up no more rest in a quiet hour than at the start', async (t) => {
  const renderMs = 30
  const { clock, publisher, renderedAtMs } = await setup(t, { renderMs })
  await clock.advance(3_600_000)
  const before = renderedAtMs.length
  for (let change = 0; change < 1000; change++) {
    publisher.changed()
    await clock.advance(1)
  }
  assert.ok(renderedAtMs.length - before <= 22, `${renderedAtMs.length - before}`)
})
it('lets news wait no longer than five seconds for a large exposition', async (t) => {
  const { clock, publisher, renderedAtMs } = await setup(t, { renderMs: 600 })
  publisher.changed()
  await clock.advance(1000)
  publisher.changed()
  await clock.advance(6000)
  assert.deepEqual(renderedAtMs, [0, 600, 6200])
})
it('serves no old value after a suspend in which no timer ran', async (t) => {
  const { clock, current, renderedAtMs } = await setup(t, {
    renderMs: 50,
    validForMs: (ms) => (ms < 300_000 ? 300_000 - ms : FOREVER),
  })
  clock.suspend(299_000)
  assert.equal(current(), 1)
  clock.suspend(1000)
  const [first, second] = [current(), current()]
  assert.ok(first instanceof Promise)
  await clock.advance(50)
  assert.deepEqual(await Promise.all([first, second]), [2, 2])
  assert.equal(renderedAtMs.length, 2)
  assert.equal(current(), 2)
})
it('waits for another rendering when the one under way began before the suspend', async (t) => {
  const { clock, publisher, current } = await setup(t, {
    renderMs: 50,
    validForMs: (ms) => (ms < 300_000 ? 300_000 - ms : FOREVER),
  })
  await clock.advance(1000)
  publisher.changed()
  await clock.advance(25)
  clock.suspend(600_000)
  const number = current()
  await clock.advance(100)
  assert.equal(await number, 3)
})
it('keeps what is still valid when a rendering fails, tells, and tries again', async (t) => {
  const { clock, publisher, current, errors, next } = await setup(t)
  const bug = new Error('label is not a string')
  next.error = bug
  publisher.changed()
  await clock.advance(1000)
  assert.deepEqual(errors, [bug])
  assert.equal(current(), 1)
  next.error = undefined
  await clock.advance(15_000)
  assert.deepEqual(errors, [bug])
  assert.equal(current(), 3)
})
it('rather fails than serves an old value when it can not render', async (t) => {
  const { clock, current, next } = await setup(t, { validForMs: () => 300_000 })
  const bug = new Error('label is not a string')
  next.error = bug
  clock.suspend(300_000)
  await assert.rejects(async () => await current(), bug)
})
it('renders on demand before it is started, and after it is stopped', async (t) => {
  const clock = new DrivenClock()
  let renderings = 0
  const publisher = createPublisher({
    clock,
    source: { snapshot: () => ({ ...EMPTY, validForMs: 60_000 }) },
    render: async () => exposition(++renderings),
    onError: t.assert.ifError,
  })
  assert.equal(numberOf(await publisher.current()), 1)
  await publisher.start()
  await publisher.stop()
  publisher.changed()
  await clock.advance(59_000)
  assert.equal(numberOf(await publisher.current()), 2)
  await clock.advance(60_000)
  assert.equal(numberOf(await publisher.current()), 3)
  assert.equal(clock.waiting, 0)
})
it('leaves nothing behind when it is stopped during a rendering', async (t) => {
  const { clock, publisher, renderedAtMs } = await setup(t, { renderMs: 50 })
  await clock.advance(1000)
  publisher.changed()
  await clock.advance(10)
  const stopped = publisher.stop()
  publisher.changed()
  await clock.advance(60_000)
  await stopped
  assert.equal(renderedAtMs.length, 2)
  assert.equal(clock.waiting, 0)
})
it('does not start when the first rendering fails', async () => {
  const clock = new DrivenClock()
  const bug = new Error('label is not a string')
  const publisher = createPublisher({
    clock,
    source: { snapshot: () => EMPTY },
    render: () => Promise.reject(bug),
    onError: () => assert.fail('told twice'),
  })
  await assert.rejects(publisher.start(), bug)
  assert.equal(clock.waiting, 0)
})
