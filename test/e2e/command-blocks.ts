import { existsSync, readdirSync, readFileSync } from 'node:fs'

/** Every page that a person reads before they run something. */
export const PAGES = [
  'README.md',
  ...readdirSync('docs').map((name) => `docs/${name}`),
  ...readdirSync('docs/alerts').map((name) => `docs/alerts/${name}`),
].filter((path) => path.endsWith('.md'))

/** A block of commands on a page. */
export interface CommandBlock {
  /** Where it begins, such as `docs/systemd.md:13`. */
  readonly at: string
  /** What a person types. */
  readonly commands: string
  /** What its mark in the page's source says that it needs; absent where there is no mark. */
  readonly needs: string | undefined
}

/** A fence that begins a block, with what is written above it if that is a comment. */
const BLOCK =
  /(?:^ *<!-- (?<mark>[^\n]*?) -->\n\s*)?^(?<indent> *)```(?<language>\w*)\n(?<text>[\s\S]*?)^ *```$/gm

/** The kinds of block that are no commands. */
const OTHER_LANGUAGES = ['json', 'nginx', 'promql', 'text', 'toml', 'yaml']

/**
 * The blocks of commands on a page, in its order.
 * @throws {Error} for a block of an unknown kind, and for a mark that is no reason.
 */
export function commandBlocks(page: string): readonly CommandBlock[] {
  const source = readFileSync(page, 'utf8')
  return [...source.matchAll(BLOCK)].flatMap(({ index, groups = {} }) => {
    const { mark, indent = '', language = '', text = '' } = groups
    const at = `${page}:${source.slice(0, index).split('\n').length}`
    if (OTHER_LANGUAGES.includes(language)) return []
    const lines = text.split('\n').map((line) => line.slice(indent.length))
    if (language !== 'sh' && language !== 'console')
      throw new Error(`${at}: what kind of block is this? Commands are "sh".`)
    const typed =
      language === 'sh' ? lines : lines.flatMap((line) => /^\$ (.*)/.exec(line)?.[1] ?? [])
    return [{ at, commands: typed.join('\n').trim(), needs: needsOf(mark, at) }]
  })
}

const NEEDS =
  /^needs (?:root|Monzo|Docker|Kubernetes|Prometheus|VictoriaMetrics|another machine|a download)(?:; .+)?$/

function needsOf(mark: string | undefined, at: string): string | undefined {
  for (const [test] of (mark ?? '').matchAll(/\btest\/\S+\.ts\b/g))
    if (!existsSync(test)) throw new Error(`${at}: there is no ${test}`)
  if (mark === undefined || NEEDS.test(mark)) return mark
  throw new Error(`${at}: a mark says what a block needs, as ${NEEDS.source}, not "${mark}"`)
}

/**
 * What makes a script behave as a terminal does: aliases work, and the first failure ends it. What
 * `.ci/run` has done before any test is not done again, nor is what the tests' own machine is.
 */
export const AS_AT_A_TERMINAL = `shopt -s expand_aliases
set -euo pipefail
npm() {
  case "$*" in
    ci | test | 'run build:binary') echo "npm $*: done by .ci/run" ;;
    *) command npm "$@" ;;
  esac
}
`
