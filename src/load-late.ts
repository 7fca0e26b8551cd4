/**
 * What is loaded when first needed, so that an exporter that is only scraped never pays for it:
 * Express and the pages at the first page view, openid-client at the first login or refresh, the
 * simulated Monzo in the demo, every command but `serve`. The only `import()` there is: a bundler puts all of it into one
 * file, and still runs each part on its first call.
 */
const LATE = {
  commands: () => import('./cli/late-commands.ts'),
  licenses: () => import('./cli/license-texts.ts'),
  oauth: () => import('./monzo/oauth.ts'),
  pages: () => import('./web/pages.ts'),
  sandbox: () => import('./sandbox/sandbox.ts'),
} as const

type Late = typeof LATE
/** @returns the module, of which each import is one and the same. */
export type LoadLate = <Part extends keyof Late>(part: Part) => ReturnType<Late[Part]>

export function loadLate<Part extends keyof Late>(part: Part): ReturnType<Late[Part]>
export function loadLate(part: keyof Late): Promise<unknown> {
  return LATE[part]()
}
