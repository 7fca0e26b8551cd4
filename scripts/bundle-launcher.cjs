#!/usr/bin/env node
'use strict'
const { readFileSync, writeFileSync } = require('node:fs')
const { join } = require('node:path')
const { getRawAsset, isSea } = require('node:sea')
const { setFlagsFromString } = require('node:v8')
const { Script } = require('node:vm')

// An exporter idles: without these V8 optimizes what runs every few seconds, small functions of
// Node's own first of all, in 4 MB of memory each time. Node 22 and later count otherwise, and say
// on standard error that they don't know a flag.
const IDLE = ['--interrupt-budget=700000', '--max-bytecode-size-for-early-opt=0', '--no-sparkplug']
const BUSY = ['--interrupt-budget=67584', '--max-bytecode-size-for-early-opt=81', '--sparkplug']
const BUSY_US = 300_000 // of CPU in a second: scraped hundreds of times, or polling for hundreds of people
if (process.versions.v8.startsWith('11.')) {
  for (const flag of IDLE) setFlagsFromString(flag)
  let before = process.cpuUsage()
  const watch = setInterval(() => {
    const { user } = process.cpuUsage(before)
    before = process.cpuUsage()
    if (user < BUSY_US) return
    for (const flag of BUSY) setFlagsFromString(flag) // V8's own values
    clearInterval(watch)
  }, 1000).unref()
}

const pathOf = (name) => join(__dirname, name)
// The one binary holds as assets what lies beside this file otherwise.
const read = isSea()
  ? (name) => Buffer.from(getRawAsset(name))
  : (name) => readFileSync(pathOf(name))

function compile(name, cachedData) {
  const text = read(name).toString('latin1').replace(/^#!.*/, '') // it is ASCII
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

const script = compile('exporter.cjs', readCache('exporter.cache'))
if (process.env['WRITE_CODE_CACHE'] === '1' && !isSea())
  process.once('exit', () => writeFileSync(pathOf('exporter.cache'), script.createCachedData()))
const start = script.runInThisContext()
start(exports, isSea() ? requireAsset : require, module, __filename, __dirname)
