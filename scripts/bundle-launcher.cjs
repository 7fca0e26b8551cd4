#!/usr/bin/env node
'use strict'
const { existsSync, readFileSync, writeFileSync } = require('node:fs')
const { wrap } = require('node:module')
const { join } = require('node:path')
const { setFlagsFromString } = require('node:v8')
const { Script } = require('node:vm')

// An exporter idles: without this V8 optimizes what runs every few seconds, in 4 MB of memory.
// What runs thousands of times a second is still optimized, within the second.
setFlagsFromString('--interrupt-budget=3000000')

const filename = join(__dirname, 'exporter.cjs')
const cacheFile = join(__dirname, 'exporter.cache')
const source = wrap(readFileSync(filename, 'latin1').replace(/^#!.*/, '')) // it is ASCII
// Made by the bundler; another Node than the bundler's refuses it, and compiles as ever.
const cachedData = existsSync(cacheFile) ? readFileSync(cacheFile) : undefined
const script = new Script(source, { filename, cachedData })
if (process.env['WRITE_CODE_CACHE'] === '1')
  process.once('exit', () => writeFileSync(cacheFile, script.createCachedData()))
script.runInThisContext()(exports, require, module, filename, __dirname)
