import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { it, type TestContext } from 'node:test'
import { EXIT } from '../../src/cli/exit-code.ts'
import { CONFIG_KEY, envName, flagOptions } from '../../src/config/settings.ts'
import { eventually } from '../e2e/harness.ts'
import { builtMain, findProgram, startProgram } from '../e2e/program.ts'
import { createFolder } from '../fakes/world.ts'

const UNIT = 'deploy/systemd/monzo-exporter.service'
const WORST_EXPOSURE = 1.5

/** Of systemd itself: a file of LoadCredential= is missing. @see systemd.exec(5), process exit codes */
const EXIT_CREDENTIALS = 243

const unit = readFileSync(UNIT, 'utf8').replaceAll(/\\\n */g, '')
const page = readFileSync('docs/systemd.md', 'utf8')
const valuesOf = (key: string): string[] =>
  [...unit.matchAll(new RegExp(`^${key}=(.*)$`, 'gm'))].map(([, value]) => value ?? '')
const wordsOf = (key: string): string[] => valuesOf(key).join(' ').split(' ')

it('is a unit that systemd-analyze has nothing to say about', async (t) => {
  const analyze = findProgram(t, 'systemd-analyze', 'systemd')
  if (!analyze) return
  // It looks whether the program is there, and exits 0 on keys that it does not know.
  const path = join(await createFolder(t), 'monzo-exporter.service')
  await writeFile(path, unit.replaceAll('/usr/local/bin/monzo-exporter', '/bin/true'))
  const { stdout, stderr, status } = spawnSync(analyze, ['verify', path], { encoding: 'utf8' })
  assert.deepEqual({ stdout, stderr, status }, { stdout: '', stderr: '', status: 0 })
})

it(`is exposed ${WORST_EXPOSURE} of 10 at most`, (t) => {
  const analyze = findProgram(t, 'systemd-analyze', 'systemd')
  if (!analyze) return
  const said = execFileSync(analyze, ['security', '--offline=yes', '--no-pager', resolve(UNIT)], {
    encoding: 'utf8',
  })
  const [, exposure] = /Overall exposure level for \S+: ([\d.]+)/.exec(said) ?? []
  assert.ok(Number(exposure) <= WORST_EXPOSURE, `${exposure}\n${said}`)
  assert.doesNotMatch(unit, /^MemoryDenyWriteExecute/m) // the engine could not start
})

it('leaves alone what a restart does not mend, and only that', () => {
  const kept = [EXIT.usage, EXIT.locked, EXIT.config, EXIT_CREDENTIALS].map(String)
  assert.deepEqual(wordsOf('RestartPreventExitStatus'), kept)
  assert.deepEqual(valuesOf('Restart'), ['on-failure'])
})

it('has every exit code of a start that failed on its page, and whether that is restarted', () => {
  const table = [...page.matchAll(/^\| (\d+) \| .+ \| (yes|no)\b.* \|$/gm)].map(
    ([, code, restarted]) => [Number(code), restarted],
  )
  const codes = Object.values(EXIT).filter((code) => code !== EXIT.ok && code !== EXIT.no)
  const kept = wordsOf('RestartPreventExitStatus').map(Number)
  assert.deepEqual(
    table,
    [...codes, EXIT_CREDENTIALS].map((code) => [code, kept.includes(code) ? 'no' : 'yes']),
  )
  for (const [, file = ''] of unit.matchAll(/^LoadCredential=\w+:(.+)$/gm))
    assert.match(page, new RegExp(`^\\| 243 \\| .*${file}`, 'm')) // which systemd does not name
})

it('has commands on its page that find what the unit sets, as the user that it sets', () => {
  const [command = ''] = /sudo systemd-run[\s\S]*?"\$@"/.exec(page) ?? []
  const given = (option: string) =>
    [...command.matchAll(new RegExp(`--${option}=(\\S+)`, 'g'))].map(([, value]) => value ?? '')
  const [name = ''] = given('unit')
  const passed = valuesOf('Environment').map((value) =>
    value.replace('%d', `/run/credentials/${name}.service`).replace('%S', '/var/lib'),
  )
  assert.deepEqual(given('setenv'), passed)
  const alike = ['DynamicUser', 'StateDirectory', 'StateDirectoryMode', 'LoadCredential']
  const properties = alike.flatMap((key) => valuesOf(key).map((value) => `${key}=${value}`))
  assert.deepEqual(given('property').toSorted(), [...properties, 'User=monzo-exporter'].toSorted())
  assert.match(command, /\/usr\/local\/bin\/monzo-exporter "\$@"$/) // sudo has a short PATH
})

it('fails a reload of a configuration that can’t be used, and then sends no signal', () => {
  const [check = '', hangUp = '', ...more] = valuesOf('ExecReload')
  assert.deepEqual(more, [])
  assert.match(check, / \/usr\/local\/bin\/monzo-exporter check-config'$/)
  assert.doesNotMatch(check, /^-/) // or its failure would be ignored
  assert.equal(hangUp, "/bin/sh -c 'kill -HUP $MAINPID'") // /bin/kill is not in every Debian
  // systemd 252 shows credentials to the main process alone, so the check has to look where that is.
  assert.match(check, /^\+\/bin\/sh -c 'exec \/usr\/bin\/nsenter --target "\$MAINPID" --mount /)
  assert.deepEqual(valuesOf('SyslogIdentifier'), ['monzo-exporter']) // and not nsenter
})

it('keeps login and history in the one folder that it may write to', () => {
  const [state = ''] = valuesOf('StateDirectory')
  for (const kept of [
    'TOKENS_FILE=%S/monzo-exporter/tokens.json',
    'HISTORY_FOLDER=%S/monzo-exporter/history',
  ])
    assert.ok(valuesOf('Environment').includes(`MONZO_EXPORTER_${kept}`), kept)
  assert.equal(state, 'monzo-exporter')
})

it('sets what the exporter knows, its secrets by files only', () => {
  const known = new Set([CONFIG_KEY, ...flagOptions().map(({ key }) => key)].map(envName))
  const secrets = new Set(
    flagOptions()
      .filter(({ isSecret }) => isSecret)
      .map(({ key }) => envName(key)),
  )
  const set = valuesOf('Environment').map((value) => value.split('=')[0] ?? '')
  assert.deepEqual(
    set.filter((name) => !known.has(name) || secrets.has(name)),
    [],
  )
  const loaded = valuesOf('LoadCredential').map((value) => `%d/${value.split(':')[0]}`)
  const read = valuesOf('Environment').flatMap((value) => /%d\/\w+$/.exec(value) ?? [])
  assert.deepEqual(loaded, read)
})

it('allows every system call that it takes to log in and to save tokens', async (t) => {
  const analyze = findProgram(t, 'systemd-analyze', 'systemd')
  const strace = findProgram(t, 'strace', 'strace')
  if (!analyze || !strace) return
  const calls = forbiddenCalls(
    execFileSync(analyze, ['syscall-filter'], { encoding: 'utf8', stdio: 'pipe' }),
  )
  assert.ok(calls.includes('mount') && calls.includes('chown') && !calls.includes('openat'))
  const demo = startForbidden(t, strace, calls)
  const [, stats = ''] = await demo.says(/curl -s (\S+)/)
  await eventually(async () => {
    const text = await (await fetch(stats)).text()
    assert.match(text, /^monzo_up 1$/m)
    assert.match(text, /^monzo_tokens_persisted 1$/m)
  })
  demo.child.kill('SIGTERM')
  assert.equal(await demo.ended(), 0)
})

/** All that the unit's filter leaves out, of what systemd knows. */
function forbiddenCalls(listing: string): string[] {
  const groups = new Map<string, string[]>()
  let group: string[] = []
  for (const text of listing.split('\n')) {
    const name = text.trim()
    if (name === '' || name.startsWith('#')) continue
    if (text === name) {
      group = []
      groups.set(name, group)
    } else group.push(name)
  }
  const expand = (name: string): string[] =>
    name.startsWith('@') ? (groups.get(name) ?? []).flatMap(expand) : [name]
  const allowed = new Set<string>()
  for (const filter of valuesOf('SystemCallFilter')) {
    const isDenied = filter.startsWith('~')
    for (const name of filter.replace(/^~/, '').split(' ').flatMap(expand))
      if (isDenied) allowed.delete(name)
      else allowed.add(name)
  }
  return expand('@known').filter((name) => !allowed.has(name))
}

/** The demo, which gets for those calls what the unit's filter would answer. */
function startForbidden(t: TestContext, strace: string, calls: readonly string[]) {
  const [error = ''] = valuesOf('SystemCallErrorNumber')
  const names = calls.map((name) => `?${name}`).join(',')
  return startProgram(t, strace, [
    // -D: then the demo is our child, and its end is also that of strace.
    ...['-D', '-f', '-qq', '--seccomp-bpf', '-o', '/dev/null'],
    ...['-e', `trace=${names}`, '-e', `inject=${names}:error=${error}`],
    ...[process.execPath, builtMain(), 'demo', '--approve'],
  ])
}
