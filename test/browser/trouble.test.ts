import { test } from 'node:test'
import { inspect, openBrowser, openPage } from './browser.ts'
import { askForMail, giveKey, openMail, showsHeading } from './clicks.ts'
import { KEY, startSite } from './site.ts'

test('What goes wrong on the way, in a browser', { concurrency: 3 }, async (t) => {
  const browser = await openBrowser(t)
  if (!browser) return
  const running: Promise<void>[] = [] // side by side: most of the time they wait for a second to pass

  running.push(
    t.test('a wrong key can be tried again, ten times', async (t) => {
      const { origin } = await startSite(t)
      const page = await openPage(t, browser)
      await page.goto(origin)
      for (let times = 0; times < 10; times++) {
        await giveKey(page, `wrong ${times}`, 'Authorize')
        await showsHeading(page, 'That key is not right')
      }
      await giveKey(page, 'wrong again', 'Authorize')
      await showsHeading(page, 'Too many wrong keys')
      await page.getByText('Try again in 14 minutes.').waitFor()
      await inspect(page, 'too many wrong keys')
    }),
  )

  const failures: [
    title: string,
    heading: string,
    prepare: (site: Awaited<ReturnType<typeof startSite>>) => unknown,
  ][] = [
    [
      'Monzo is down',
      'Monzo does not answer',
      ({ sandbox }) =>
        sandbox.addFault({ kind: 'status', status: 500, endpoint: 'POST /oauth2/token' }),
    ],
    [
      'the client is not confidential',
      'The client is not confidential',
      ({ sandbox }) => sandbox.setKnobs({ confidential: false }),
    ],
    [
      'the client secret is wrong',
      'Monzo does not accept the client',
      ({ sandbox, origin }) =>
        sandbox.registerClient({
          clientId: 'oauth2client_0000SandboxClient00000',
          clientSecret: 'mnzconf.another',
          redirectUris: [`${origin}/callback`],
        }),
    ],
  ]
  for (const [title, heading, prepare] of failures)
    running.push(
      t.test(`shows a page to start again from when ${title}`, async (t) => {
        const site = await startSite(t)
        const page = await openPage(t, browser)
        await page.goto(site.links[0] ?? '')
        await askForMail(page)
        await prepare(site)
        await openMail(page)
        await showsHeading(page, heading)
        await inspect(page, heading)
        await page.reload()
        await showsHeading(page, 'This login was already used')
        await giveKey(page, KEY, 'Start again')
        await showsHeading(page, 'Log in to Monzo')
      }),
    )

  running.push(
    t.test(
      'says so when access is denied in the mail, and when nobody began the login',
      async (t) => {
        const site = await startSite(t, { knobs: { denyRedirect: 'access_denied' } })
        const page = await openPage(t, browser)
        await page.goto(site.links[0] ?? '')
        await askForMail(page)
        await page.getByRole('link', { name: "This wasn't me" }).click()
        await showsHeading(page, 'Access was denied')
        await inspect(page, 'access denied')
        await page.goto(`${site.origin}/callback?code=c&state=nobody-began-this`)
        await showsHeading(page, 'This login has expired')
        await inspect(page, 'an expired login')
      },
    ),
  )
  await Promise.all(running)
})
