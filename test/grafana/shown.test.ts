import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { it, type TestContext } from 'node:test'
import { openBrowser } from '../browser/browser.ts'
import { BOARDS, type Board } from '../deploy/boards.ts'
import { ask } from './ask.ts'
import { bundlePage, openDashboards } from './page.ts'
import { startPrometheus } from './prometheus.ts'
import { STORIES } from './stories.ts'

const TEXTS = 'test/grafana/shown'
const PICTURES = 'docs/screenshots'
const WIDTH = 1100
const MOST_BYTES = 200_000
/** Which rows of which dashboard are on a picture. What this machine measured of itself is on none. */
const DRAWN: Readonly<Record<string, readonly string[]>> = {
  overview: ['Now', 'Accounts', 'Spending'],
  'overview-pots': ['Pots', 'Over time'],
  history: ['Month by month: all of this comes from the exporter, nothing has to be imported'],
  'history-days': [
    'Day by day: this needs an import into the database, which docs/history.md explains',
  ],
  'exporter-health': ['Logins', 'Polls', 'Monzo'],
}
const UPDATES = process.env['TESTS_UPDATE'] !== undefined
/** Of this machine, not of the story. */
const MEASURED = ['Memory', 'CPU', 'Event loop']

const nameOf = ({ name }: Board): string => name.replace(/\.json$/, '')
const withoutSpaces = (text: string): string => text.replaceAll(/\s/g, '')

/** @returns false, having skipped the test with the reason, where Grafana's packages are missing. */
function isInstalled(t: TestContext): boolean {
  if (existsSync('test/grafana/node_modules/@grafana/data')) return true
  const message = 'Grafana’s packages are not installed: run `npm run test:grafana`'
  if (process.env['TESTS_NO_SKIP']) throw new Error(message)
  t.skip(message)
  return false
}

/** What a person reads, as a text file. */
function toText(lines: Readonly<Record<string, readonly string[]>>): string {
  const panels = Object.entries(lines).map(([title, read]) => {
    const known = MEASURED.includes(title)
      ? read.map((line) => line.replace(/: [\d.,]+/, ': (measured) '))
      : read
    return [`# ${title}`, ...known].join('\n')
  })
  return `${panels.join('\n\n')}\n`
}

for (const [story, tell] of Object.entries(STORIES))
  it(`reads on the dashboards what test/grafana/shown/${story} says`, async (t) => {
    if (!isInstalled(t)) return
    const told = await tell(t)
    const browser = await openBrowser(t)
    const prometheus = await startPrometheus(t, told)
    if (!browser || !prometheus) return
    const { atMs = 0 } = told.scrapes.at(-1) ?? {}
    const page = await openDashboards(t, browser, await bundlePage(), atMs)
    for (const board of BOARDS) {
      const shown = await ask(prometheus, board, atMs)
      const lines = await page.read({ ...shown, colors: 'light', width: WIDTH })
      const file = `${TEXTS}/${story}/${nameOf(board)}.txt`
      if (UPDATES) {
        await mkdir(`${TEXTS}/${story}`, { recursive: true })
        await writeFile(file, toText(lines))
      }
      assert.equal(toText(lines), await readFile(file, 'utf8'), `${file}: npm run pictures`)

      // The text is what Grafana's data package makes; its components show the same.
      await page.draw({ ...shown, colors: 'light', width: WIDTH })
      const drawn = await page.texts()
      for (const [title, read] of Object.entries(lines))
        for (const part of read.flatMap((line) => partsOf(board, title, line)))
          assert.ok(
            withoutSpaces(drawn[title] ?? '').includes(withoutSpaces(part)),
            `${title}: ${part}`,
          )

      if (!UPDATES || story !== 'demo') continue
      for (const [picture, rows] of Object.entries(DRAWN))
        for (const colors of ['light', 'dark'] as const) {
          if (!board.panels.some(({ title }) => title === rows[0])) continue
          const png = await page.draw({ ...shown, colors, width: WIDTH, rows })
          assert.ok(png.length < MOST_BYTES, `${picture}: ${png.length} bytes`)
          await writeFile(`${PICTURES}/${picture}-${colors}.png`, png)
        }
    }
  })

/** A graph shows the names of its lines, everything else also a value. */
function partsOf({ panels }: Board, title: string, line: string): readonly string[] {
  const isGraph = panels.find((panel) => panel.title === title)?.type === 'timeseries'
  const cut = line.lastIndexOf(': ')
  if (cut < 0) return [line]
  return isGraph ? [line.slice(0, cut)] : [line.slice(0, cut), line.slice(cut + 2)]
}

if (UPDATES)
  it('notes which dashboards the pictures are of', async () => {
    const lines = await Promise.all(
      BOARDS.map(async ({ name }) => {
        const path = `deploy/grafana/${name}`
        return `${createHash('sha256')
          .update(await readFile(path))
          .digest('hex')}  ${path}\n`
      }),
    )
    await writeFile(`${PICTURES}/dashboards.sha256`, lines.join(''))
  })
