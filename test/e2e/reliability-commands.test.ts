import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { it, type TestContext } from 'node:test'
import { createFolder } from '../fakes/world.ts'
import { AS_AT_A_TERMINAL, type CommandBlock, commandBlocks, PAGES } from './command-blocks.ts'
import { exportsHistory, logInAndApprove, startMonzo } from './log-in.ts'
import { type Program, startProgram } from './program.ts'

/** What somebody has before the first command of a page: the files of a clone, and all packages. */
async function cloneIt(t: TestContext): Promise<string> {
  const clone = await createFolder(t)
  const listed = execFileSync('git', [
    'ls-files',
    '-z',
    '--cached',
    '--others',
    '--exclude-standard',
  ])
  for (const path of listed
    .toString()
    .split('\0')
    .filter((name) => name !== '' && isWanted(name))) {
    await mkdir(join(clone, dirname(path)), { recursive: true })
    await cp(path, join(clone, path))
  }
  await symlink(resolve('node_modules'), join(clone, 'node_modules'))
  return clone
}

/** Pictures and the tests' own files are most of a clone, and no command reads them. */
const isWanted = (path: string): boolean => !/^(?:test|docs\/screenshots)\//.test(path)

/** A clone that is built, in which an exporter runs and is logged in. */
async function runIt(t: TestContext) {
  const clone = await cloneIt(t)
  await symlink(resolve('dist'), join(clone, 'dist'))
  const monzo = await startMonzo(t)
  await writeFile(join(clone, 'config.toml'), monzo.config)
  const exporter = startProgram(t, process.execPath, ['dist/main.js'], { cwd: clone })
  const [link = ''] = await exporter.says(/^http:\S+\/authorize\?key=\S+$/m)
  await logInAndApprove(link)
  await exportsHistory(monzo.origin)
  return { clone, monzo, exporter }
}

/** A page whose blocks are run one after the other, as a person at a terminal would. */
async function follow(t: TestContext, page: string, clone: string) {
  const blocks = [...commandBlocks(page)].filter(({ needs }) => needs === undefined)
  const [alias = ''] =
    /`(alias monzo-exporter=.+)`/.exec(readFileSync(page, 'utf8'))?.slice(1) ?? []
  const start = ({ commands }: CommandBlock): Program =>
    startProgram(t, 'bash', ['-c', `${AS_AT_A_TERMINAL}${alias}\n${commands}`], {
      cwd: clone,
      env: { HOME: clone },
      isJob: true,
    })
  const next = (): Program => start(blocks.shift() ?? assert.fail(`${page} has no more blocks`))
  return {
    /** Starts the next block, which goes on until Ctrl-C. */
    next,
    /** @returns what the next block prints. It has to end well. */
    async run(): Promise<string> {
      const block = blocks[0]
      const program = next()
      const code = await program.ended()
      assert.equal(code, 0, `${block?.at}\n${program.stdout()}\n${program.stderr()}`)
      return program.stdout()
    },
    /** That every block was run which has no mark. */
    isRead: () =>
      assert.deepEqual(
        blocks.map(({ at }) => at),
        [],
      ),
  }
}

/** What is between the blocks of a page, that a person does with hands and head. */
const JOURNEYS: Readonly<Record<string, (t: TestContext) => Promise<void>>> = {
  async 'README.md'(t) {
    const clone = await cloneIt(t)
    const page = await follow(t, 'README.md', clone)

    const demo = page.next() // npm ci && npm run demo -- --approve
    const [curl = ''] = await demo.says(/curl -s \S+ \| grep -E '\S+balance\S+'/)
    const balances = execFileSync('bash', ['-c', curl], { encoding: 'utf8' })
    assert.match(balances, /^monzo_balance\{.*\} -?\d+/m)
    await demo.says(/Ctrl-C ends the demo/)
    assert.ok([0, 130, 'SIGINT'].includes((await demo.interrupt()) ?? '')) // npm ends by it

    await page.run() // npm ci && npm test
    await page.run() // npm ci && npm run build

    const monzo = await startMonzo(t)
    await fillIn(join(clone, 'config.toml.example'), join(clone, 'config.toml'), monzo)
    const exporter = page.next() // node dist/main.js
    const [link = ''] = await exporter.says(/^http:\S+\/authorize\?key=\S+$/m)
    await logInAndApprove(link)
    await exportsHistory(monzo.origin)

    assert.match(await page.run(), /^Nothing is wrong\.$/m) // the alias, and doctor
    assert.equal(await exporter.interrupt(), 0)
    page.isRead()
  },
  async 'docs/history.md'(t) {
    const { clone, exporter } = await runIt(t)
    const page = await follow(t, 'docs/history.md', clone)

    const status = await page.run()
    assert.match(status, /^acc_\w+: [\d,]+ transactions; everything from \S+ to \S+ is known\.$/m)
    await page.run() // export --output history.txt
    assert.match(await readFile(join(clone, 'history.txt'), 'utf8'), /^# EOF\n$/m)
    await page.run() // export --format prometheus
    assert.match(
      await readFile(join(clone, 'history.prom'), 'utf8'),
      /^monzo_history_received_day\{/m,
    )
    exporter.child.kill('SIGTERM')
    assert.equal(await exporter.ended(), 0)
    await page.run() // forget
    await assert.rejects(readFile(join(clone, 'history')), { code: 'ENOENT' })
    page.isRead()
  },
  async 'docs/uninstalling.md'(t) {
    const { clone, monzo, exporter } = await runIt(t)
    const page = await follow(t, 'docs/uninstalling.md', clone)
    assert.equal(await exporter.interrupt(), 0) // step 1
    const said = await page.run()
    assert.match(said, /[Ll]ogged out/)
    const phone = await (await fetch(`${monzo.authUrl}/phone`)).text()
    assert.doesNotMatch(phone, /Remove access/) // Monzo lists no access any more
    await assert.rejects(readFile(join(clone, 'history')), { code: 'ENOENT' })
    page.isRead()
  },
  async 'docs/prometheus.md'(t) {
    const clone = await cloneIt(t)
    const page = await follow(t, 'docs/prometheus.md', clone)
    await page.run()
    const rules = await readFile(join(clone, 'deploy/prometheus/monzo.rules.yml'), 'utf8')
    const urls = [...rules.matchAll(/runbook_url: (.*)/g)].map(([, url]) => url ?? '')
    assert.ok(urls.length > 0)
    for (const url of urls)
      assert.match(
        url,
        /^https:\/\/git\.example\.com\/me\/monzo-exporter\/blob\/main\/docs\/alerts\//,
      )
    page.isRead()
  },
}

/** Fills in the example as step 3 says. The addresses are those of this test. */
async function fillIn(
  example: string,
  path: string,
  { config }: { readonly config: string },
): Promise<void> {
  const filled = [...config.matchAll(/^(\w+) = .*$/gm)].reduce(
    (text, [line, key]) => text.replace(new RegExp(`^(?:# )?${key} = .*$`, 'm'), () => line),
    (await readFile(example, 'utf8')).replace(/^account_id = .*\n/m, ''),
  )
  await writeFile(path, filled)
}

for (const page of PAGES) {
  const isRun = commandBlocks(page).some(({ needs }) => needs === undefined)
  if (!isRun && !(page in JOURNEYS)) continue
  it(`runs the commands of ${page} as they are written, in a clean clone`, async (t) => {
    const journey = JOURNEYS[page]
    assert.ok(journey, `${page} has blocks that no test runs and that no mark explains`)
    await journey(t)
  })
}

/** Where the program is installed by what is on the page itself, or in another way than in a clone. */
const INSTALLED = ['containers', 'debian', 'kubernetes', 'one-binary', 'systemd', 'upgrading']

it('says on every page that names a command what that command is in a clone', () => {
  for (const page of PAGES) {
    if (INSTALLED.some((name) => page === `docs/${name}.md`) || page === 'README.md') continue
    const text = readFileSync(page, 'utf8')
    if (/`monzo-exporter [a-z]/.test(text)) assert.match(text, /README\.md#the-command\)/, page)
  }
})
