#!/usr/bin/env node
'use strict'
const fs = require('node:fs')
const { join } = require('node:path')
const { getAsset, getRawAsset, isSea } = require('node:sea')
const { promisify } = require('node:util')
const { setFlagsFromString } = require('node:v8')
const { Script } = require('node:vm')

// An exporter idles: without these V8 optimizes what runs every few seconds, small functions of
// Node's own first of all, in 4 MB of memory each time. Node 22 and later count otherwise, and say
// on standard error that they don't know a flag.
const IDLE = ['--interrupt-budget=700000', '--max-bytecode-size-for-early-opt=0', '--no-sparkplug']
// V8's own values, and a young generation that may grow faster: fewer scrapes meet a collection.
const BUSY = ['--interrupt-budget=67584', '--max-bytecode-size-for-early-opt=81', '--sparkplug']
const ROOMY = '--semi-space-growth-factor=16'
// Once it runs, what survives a scavenge is too little to share between threads: waking them takes longer.
const STARTED = ['--no-parallel-scavenge']
const BUSY_US = 300_000 // of CPU in a second: scraped hundreds of times, or polling for hundreds of people
function set(flags) {
  for (const flag of flags) setFlagsFromString(flag)
}

function watch() {
  set(STARTED)
  let before = process.cpuUsage()
  const timer = setInterval(() => {
    const { user, system } = process.cpuUsage(before)
    before = process.cpuUsage()
    if (user + system < BUSY_US) return
    set([...BUSY, ROOMY])
    clearInterval(timer)
  }, 1000).unref()
}

const pathOf = (name) => join(__dirname, name)
// The one binary holds as assets what lies beside this file otherwise.
const read = isSea()
  ? (name, encoding) => (encoding ? getAsset(name, encoding) : Buffer.from(getRawAsset(name)))
  : (name, encoding) => fs.readFileSync(pathOf(name), encoding)

function compile(name, cachedData) {
  const text = read(name, 'utf8').replace(/^#!.*/, '')
  const source = `(function (exports, require, module, __filename, __dirname) {${text}\n})`
  return new Script(source, { filename: pathOf(name), cachedData })
}

/** Made by the bundler; another Node than the bundler's refuses it, and compiles as ever. */
function readCache(name) {
  try {
    return read(name)
  } catch {
    return undefined // not made
  }
}

const loaded = new Map()
/** For the binary's parts: the `require` that it is given itself knows Node's own modules only. */
function requireAsset(name) {
  if (!name.startsWith('./')) return require(name)
  if (!loaded.has(name)) {
    const part = { exports: {} }
    const start = compile(name.slice(2)).runInThisContext()
    start(part.exports, requireAsset, part, __filename, __dirname)
    loaded.set(name, part.exports)
  }
  return loaded.get(name)
}
const requirePart = isSea() ? requireAsset : require

/** Take a while to load, and a start has no use for them: loaded when an export is first used. */
const LATE = new Set([
  ...['crypto', 'https', 'timers/promises', 'tls', 'tty', 'zlib'],
  ...['./commander.cjs', './pino.cjs', './schemas.cjs', './write-file-atomic.cjs'],
])
function requireLate(given) {
  const name = given.replace(/^node:/, '')
  if (name === 'fs/promises') return plainPromises()
  return LATE.has(name) ? late(() => requirePart(given)) : requirePart(given)
}

/** Looks like what it loads, whether that is an object or a function. */
function late(load) {
  let made
  const get = () => (made ??= load())
  const names = new Proxy({}, { get: (_, name) => get()[name] })
  return Object.setPrototypeOf((...given) => get()(...given), names)
}

/** By way of the callbacks, which are loaded anyway; only `open` gives something else. */
function plainPromises() {
  const make = (name) => {
    const withCallback = name === 'realpath' ? fs.realpath.native : fs[name]
    const isSame = name !== 'open' && typeof withCallback === 'function'
    return isSame ? promisify(withCallback) : require('node:fs/promises')[name]
  }
  return new Proxy({}, { get: (made, name) => (made[name] ??= make(name)) })
}

const script = compile('exporter.cjs', readCache('exporter.cache'))
const makesCache = process.env['WRITE_CODE_CACHE'] === '1' && !isSea()
if (makesCache)
  process.once('SIGTERM', () =>
    fs.writeFileSync(pathOf('exporter.cache'), script.createCachedData()),
  )
else if (process.versions.v8.startsWith('11.')) {
  // Before: with other flags V8 refuses code caches, those of Node's own modules among them.
  for (const name of ['http', 'os', 'perf_hooks']) require(`node:${name}`)
  set(IDLE)
  setTimeout(watch, 1000).unref()
}
const start = script.runInThisContext()
start(exports, requireLate, module, __filename, __dirname)
