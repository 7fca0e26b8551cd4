import { type Names, nameOf } from '../lib/names.ts'
import type { LoginStatus } from '../login/login-flow.ts'
import { createNameAccount, inOrder } from './account-names.ts'
import { type Html, html } from './html.ts'
import { headline, type Page, type Site } from './layout.ts'

/** What there is to give names to, and the names it has. */
export interface Named {
  readonly logins: () => readonly LoginStatus[]
  /** Every category that is exported, as Monzo calls it. */
  readonly categories: () => readonly string[]
  readonly accountNames: () => Names
  readonly categoryNames: () => Names
}

/** The field of a key form that asks for this page instead of a login, and its value. */
export const SHOW_IDS = { name: 'show', value: 'ids' } as const

/** A second button for a key form. */
export const showIdsButton: Html = html`<button class="plain" name="${SHOW_IDS.name}" value="${SHOW_IDS.value}">Show account and category ids</button>`

/** The ids of accounts and categories, as tables for config.toml. Only for somebody with the key. */
export function idsPage({ prefix }: Site, named: Named): Page {
  const title = 'Names for accounts and categories'
  const main = html`<section class="card">
${headline(title)}
<p>Copy this to the end of <code>config.toml</code>, change the names, and restart the exporter or send it <code>SIGHUP</code>. Remove the <code>#</code> in front of a category that you name; the others keep their names. A table can’t appear twice: if the file already has one of these, change that one.</p>
<pre id="names" tabindex="0" role="region" aria-label="Names">${namesToml(named)}</pre>
<p><button type="button" class="plain" data-copy="names" hidden>Copy</button></p>
<p>For categories that you made yourself, Monzo gives only the id. To find out which is which, compare <code>monzo_category_spent_month</code> at <code>/stats</code> with what the Monzo app says.</p>
<p><a class="button" href="${prefix}/">To the status page</a></p>
</section>`
  return { title, main }
}

function namesToml({ logins, categories, accountNames, categoryNames }: Named): string {
  const all = logins()
  const nameAccount = createNameAccount(all, accountNames())
  const accounts = new Map(
    inOrder(all.flatMap(({ accounts = [] }) => accounts)).map((account) => [
      account.accountId,
      nameAccount(account),
    ]),
  )
  const names = categoryNames()
  const ids = categories()
  return [
    '[account_names]',
    ...[...accounts].map(([id, name]) => pair(id, name)),
    ...(ids.length === 0 ? [] : ['', '[category_names]']),
    // Left as they are, all of them would be added up under one name.
    ...ids.map((id) => {
      const name = nameOf(names, id)
      return name === undefined ? `# ${pair(id, '')}` : pair(id, name)
    }),
  ].join('\n')
}

const pair = (id: string, name: string): string =>
  `${/^[\w-]+$/.test(id) ? id : JSON.stringify(id)} = ${JSON.stringify(name)}`
