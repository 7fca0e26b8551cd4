import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { findProgram } from '../e2e/program.ts'
import { createFolder } from '../fakes/world.ts'
import { debOf } from './executables.ts'

describe('The Debian package', () => {
  for (const arch of ['amd64', 'arm64'])
    it(`is one that lintian finds no error in (${arch})`, (t) => {
      const lintian = findProgram(t, 'lintian', 'lintian')
      if (!lintian) return
      const args = ['--allow-root', '--fail-on', 'error', debOf(arch)]
      const { status, stdout } = spawnSync(lintian, args, { encoding: 'utf8' })
      assert.equal(status, 0, stdout)
    })
  it('depends on the libraries that its binary asks for', async (t) => {
    const shlibdeps = findProgram(t, 'dpkg-shlibdeps', 'dpkg-dev')
    if (!shlibdeps) return
    const folder = await createFolder(t)
    await mkdir(join(folder, 'debian'))
    await writeFile(
      join(folder, 'debian', 'control'),
      'Source: x\n\nPackage: x\nArchitecture: any\n',
    )
    execFileSync('dpkg-deb', ['-x', debOf('amd64'), join(folder, 'tree')])
    const found = execFileSync(shlibdeps, ['-O', 'tree/usr/bin/monzo-exporter'], {
      cwd: folder,
      encoding: 'utf8',
    })
    const namesIn = (text: string) =>
      [...text.matchAll(/(?:^|=|, )([\w+-]+)(?= \(|,|$)/gm)].map(([, name]) => name)
    const depends = execFileSync('dpkg-deb', ['-f', debOf('amd64'), 'Depends'], {
      encoding: 'utf8',
    })
    const declared = new Set(namesIn(depends))
    assert.deepEqual(
      namesIn(found.replace('shlibs:Depends=', '')).filter((name) => !declared.has(name)),
      [],
    )
  })
  it('completes commands and options in bash', async (t) => {
    const library = '/usr/share/bash-completion/bash_completion'
    if (!findProgram(t, 'bash', 'bash') || !existsSync(library))
      return t.skip('bash-completion is not installed')
    const folder = await createFolder(t)
    execFileSync('dpkg-deb', ['-x', debOf('amd64'), folder])
    const complete = (...words: readonly string[]) => {
      const script = `. ${library}; . ${folder}/usr/share/bash-completion/completions/monzo-exporter
        COMP_WORDS=(${folder}/usr/bin/monzo-exporter ${words.map((word) => `'${word}'`).join(' ')})
        COMP_CWORD=${words.length}; COMP_LINE="\${COMP_WORDS[*]}"; COMP_POINT=\${#COMP_LINE}
        _monzo_exporter "\${COMP_WORDS[0]}" "\${COMP_WORDS[-1]}" "\${COMP_WORDS[-2]}"
        printf '%s\\n' "\${COMPREPLY[@]}"`
      return execFileSync('bash', ['-c', script], { encoding: 'utf8' }).trim().split('\n')
    }
    assert.deepEqual(complete('do'), ['doctor'])
    assert.ok(complete('').includes('check-config'))
    assert.deepEqual(complete('logout', '--us'), ['--user'])
    assert.deepEqual(complete('serve', '--poll'), ['--poll-interval'])
  })
})
