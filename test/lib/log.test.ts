import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { it } from 'node:test'
import { AppError } from '../../src/lib/errors.ts'
import { createLiveLog, type LogOptions } from '../../src/lib/log.ts'
import { createLog } from '../../src/lib/pino-log.ts'

/** Node 26 gives one chunk per call, versions before it all that there are. */
function readAll(stream: PassThrough): string {
  let all = ''
  for (let chunk = stream.read(); chunk !== null; chunk = stream.read()) all += chunk
  return all
}
function setup(options: Partial<LogOptions> = {}) {
  const stream = new PassThrough()
  const log = createLog({ level: 'info', format: 'text', stream, ...options })
  const lines = () => readAll(stream)
  /** Without what changes: times. */
  const text = () => lines().replaceAll(/^\d{4}-\d\d-\d\dT[\d:.]+Z/gm, 'TIME')
  return { log, lines, text }
}

it('writes time, level and sentence, and leaves out what is below the level', () => {
  const { log, text } = setup()
  log.debug({}, 'not this')
  log.info({}, 'Hello.')
  log.error({}, 'Trouble.')
  assert.equal(text(), 'TIME INFO  Hello.\nTIME ERROR Trouble.\n')
})
it('adds the fields that the sentence did not say: who, which, from where', () => {
  const { log, text } = setup()
  log.warn({ address: '192.0.2.1', user_id: undefined }, 'Somebody gave a wrong key.')
  log.info({ user_id: 'user_1' }, 'The login of user_1 is now connected.')
  log.warn({ user_id: 'user_1', account_ids: ['acc_1', 'acc_2'], code: 'x' }, 'A poll failed.')
  assert.equal(
    text(),
    [
      'TIME WARN  Somebody gave a wrong key. (address: 192.0.2.1)',
      'TIME INFO  The login of user_1 is now connected.',
      'TIME WARN  A poll failed. (user_id: user_1, account_ids: acc_1,acc_2)',
      '',
    ].join('\n'),
  )
})
it('adds what the sentence did not say: causes of an expected failure, the stack of a bug', () => {
  const { log, text } = setup()
  const system = Object.assign(new Error('connect refused'), { code: 'ECONNREFUSED' })
  const options = { hint: '', cause: new TypeError('fetch failed', { cause: system }) }
  const failure = new AppError('MONZO_UNAVAILABLE', 'no reply', options)
  log.warn({ err: failure }, 'A poll failed: no reply.')
  const written = text()
  assert.match(
    written,
    /^TIME WARN {2}A poll failed: no reply\.\n {2}TypeError: fetch failed\n\s+at /,
  )
  assert.match(written, /\n {2}ECONNREFUSED: connect refused\n$/)
})
it('shows what is meant to command a terminal, and begins no line that it did not mean', () => {
  const hostile = 'Sam\x1b]0;owned\x07\x9b2J\nTIME ERROR forged'
  const { log, text } = setup()
  const cause = Object.assign(new Error(hostile), { code: 'EVIL' })
  log.warn({ err: new AppError('MONZO_HTTP', hostile, { hint: '', cause }) }, `Hello ${hostile}.`)
  log.error({ err: new Error(hostile) }, 'A bug.')
  const written = text()
  assert.doesNotMatch(written, /^TIME ERROR forged|[^\P{Cc}\n]/mu)
  assert.match(
    written,
    /^TIME WARN {2}Hello Sam\\u001b\]0;owned\\u0007\\u009b2J\\u000aTIME ERROR forged\.\n/,
  )
  const json = setup({ format: 'json' })
  json.log.warn({ err: new AppError('MONZO_HTTP', hostile, { hint: '' }) }, hostile)
  const line = json.lines()
  assert.doesNotMatch(line.trimEnd(), /\p{Cc}/u)
  assert.equal(JSON.parse(line).msg, hostile)
})
it('writes one JSON object a line when asked to, errors included', () => {
  const { log, lines } = setup({ format: 'json' })
  const cause = Object.assign(new Error('disk full'), { code: 'ENOSPC' })
  log.error({ err: new AppError('TOKENS_UNWRITABLE', 'no', { hint: '', cause }) }, 'No.')
  const { level, msg, err } = JSON.parse(lines())
  assert.deepEqual(
    [level, msg, err.code, err.cause.code],
    ['error', 'No.', 'TOKENS_UNWRITABLE', 'ENOSPC'],
  )
  assert.equal(err.stack, undefined)
})
it('never writes a field that is named like a secret', () => {
  for (const format of ['text', 'json'] as const) {
    const { log, lines } = setup({ format })
    log.info(
      { login: { access_token: 'hunter2', client_secret: 'hunter2' }, auth_key: 'hunter2' },
      'x',
    )
    assert.doesNotMatch(lines(), /hunter2/)
  }
})
it('changes level and format for whoever holds it already', async () => {
  const stream = new PassThrough()
  const live = createLiveLog({ level: 'warn', format: 'text', stream })
  const { log } = live
  const said = () => readAll(stream)
  log.info({}, 'not said')
  live.use({ level: 'debug', format: 'json' })
  log.debug({ n: 1 }, 'first')
  await live.settled()
  assert.equal(JSON.parse(said()).msg, 'first')
  live.use({ level: 'error', format: 'text' })
  log.warn({}, 'not said')
  log.error({}, 'second')
  assert.match(said(), /^\S+Z ERROR second\n$/)
})
it('keeps the order of lines that come before it is loaded', async () => {
  const stream = new PassThrough()
  const live = createLiveLog({ level: 'info', format: 'text', stream })
  live.log.warn({}, 'one')
  live.log.info({}, 'two')
  await live.settled()
  live.log.info({}, 'three')
  assert.match(readAll(stream), /one\n.*two\n.*three\n$/)
})
it('gives every line its priority in the journal, a stack’s lines too, and no second time', () => {
  const write = (format: LogOptions['format']) => {
    const { log, lines } = setup({ format, isJournal: true, level: 'debug' })
    log.debug({}, 'one')
    log.info({}, 'two')
    log.warn({ err: new Error('why') }, 'three')
    log.error({}, 'four')
    return lines().trimEnd().split('\n')
  }
  const [one, two, three, why, ...rest] = write('text')
  assert.deepEqual([one, two, three], ['<7>DEBUG one', '<6>INFO  two', '<4>WARN  three'])
  assert.equal(why, '<4>  Error: why')
  assert.equal(rest.at(-1), '<3>ERROR four')
  for (const line of rest.slice(0, -1)) assert.match(line, /^<4> +at /)
  assert.deepEqual(
    write('json').map((entry) => [entry.slice(0, 3), JSON.parse(entry.slice(3)).msg]),
    [
      ['<7>', 'one'],
      ['<6>', 'two'],
      ['<4>', 'three'],
      ['<3>', 'four'],
    ],
  )
})
