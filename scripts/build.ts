import { chmodSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { bundleSplit } from './bundle-sources.ts'

// Makes what everybody runs: dist/main.js, and beside it a file for each part that is imported
// later. The one binary, which may be in the same folder, is left alone.

const OUT = 'dist'

const { outputs } = await bundleSplit(OUT)
chmodSync(join(OUT, 'main.js'), 0o755)
for (const name of readdirSync(OUT))
  if (name.endsWith('.js') && !(join(OUT, name) in outputs)) rmSync(join(OUT, name)) // an older build's
