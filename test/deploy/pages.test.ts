import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { it } from 'node:test'

const read = (path: string): string => readFileSync(path, 'utf8')
const PAGES = ['README.md', ...readdirSync('docs').map((name) => `docs/${name}`)].filter((path) =>
  path.endsWith('.md'),
)
const EXAMPLES = ['nginx', 'proxies'].flatMap((folder) =>
  readdirSync(`deploy/${folder}`).map((name) => `deploy/${folder}/${name}`),
)

it('mounts folders into containers, since a file that an editor replaces stays the old one', () => {
  for (const page of PAGES)
    assert.doesNotMatch(read(page), /-v\s+\S*(?:config\.toml|tokens\.json):/, page)
  assert.match(read('docs/containers.md'), /-v "\$PWD\/config:\/etc\/monzo-exporter:ro"/)
})

it('tells podman to keep the health check', () => {
  assert.match(read('docs/containers.md'), /podman, add `--format docker`/)
})

it('says that a listener for metrics speaks TLS as well', () => {
  const page = read('docs/prometheus.md')
  assert.match(page, /`tls_cert_file`[^.]*`metrics_addr`[^.]*`scheme: https`/)
})

it('has every example of a proxy on its page, and in each what to set in config.toml', () => {
  const page = read('docs/proxies.md')
  const linked = [...page.matchAll(/\]\(\.\.\/(deploy\/[^)]+)\)/g)].map(([, path]) => path ?? '')
  assert.deepEqual(linked.toSorted(), EXAMPLES.toSorted())
  for (const path of EXAMPLES) {
    assert.match(read(path), /redirect_uri = "https:\/\/monzo\.example\.com\/monzo"/, path)
    assert.match(read(path), /trusted_proxies = \["127\.0\.0\.1"\]/, path)
  }
})

it('asks /-/healthy wherever an example decides whether visitors get through', () => {
  assert.match(read('docs/proxies.md'), /Never let a load balancer route by `\/-\/ready`/)
  for (const path of EXAMPLES)
    for (const [line] of read(path).matchAll(/^[^#\n]*\/-\/\w+.*$/gm))
      assert.match(line, /\/-\/healthy/)
  assert.match(read('deploy/proxies/haproxy.cfg'), /http-check send .* uri \/-\/healthy /)
})

it('says how long to keep it, wherever somebody sets up a Prometheus: 15 days are its default', () => {
  const flag = /--storage\.tsdb\.retention\.time=10y/
  const told = ['README.md', 'docs/prometheus.md', 'docs/history.md']
  for (const path of [...told, 'deploy/prometheus/prometheus.yml', 'deploy/docker/compose.yaml'])
    assert.match(read(path), flag, path)
  for (const page of ['systemd', 'kubernetes', 'containers', 'dashboards'])
    assert.match(read(`docs/${page}.md`), /\(prometheus\.md#keep-it-for-years\)|15 days/, page)
})

it('turns history on where somebody may log in before they have read about it', () => {
  assert.match(read('README.md'), /`history = true` \*\*before the first login\*\*/)
  assert.match(read('deploy/docker/compose.yaml'), /MONZO_EXPORTER_HISTORY: 'true'/)
  assert.match(read('deploy/kubernetes/config.toml'), /^history = true$/m)
})

/** As GitHub names the heading in links. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-')

it('links to pages, parts of pages and files that there are', () => {
  for (const page of PAGES)
    for (const [, link = ''] of read(page).matchAll(/\]\(([^)\s]+)\)/g)) {
      const [path = '', anchor] = link.replace(/\s/g, '').split('#')
      if (/^https?:/.test(path)) continue
      const target = path === '' ? page : join(dirname(page), path)
      assert.ok(existsSync(target), `${page}: ${link}`)
      if (anchor === undefined || !target.endsWith('.md')) continue
      const headings = [...read(target).matchAll(/^#+ (.+)$/gm)].map(([, text]) => text ?? '')
      assert.ok(headings.map(anchorOf).includes(anchor), `${page}: ${link}`)
    }
})
