/**
 * The only script. It turns the waiting page into the connected one, reloads a status page whose
 * headline has changed, and copies the scrape config. Every page works without it.
 */
export const WAITING_SCRIPT = `'use strict'
const SECOND = 1000
const ASK_EVERY = SECOND / 2 // we ask Monzo every second: together that is less than two
const PATIENT_FOR = 600 // requests, five minutes; after that we ask Monzo less often, too

const login = document.querySelector('[data-login]')
if (login) {
  const show = (name) => {
    for (const part of document.querySelectorAll('[data-when]'))
      part.hidden = part.dataset.when !== name
    const heading = document.querySelector('[data-when="' + name + '"] h1')
    document.title = heading.textContent + ' \\u00b7 Monzo exporter'
    heading.focus()
  }
  let times = 0
  let isAsking = false
  let shown
  const ask = async () => {
    if (isAsking) return
    isAsking = true
    try {
      const options = { cache: 'no-store', signal: AbortSignal.timeout(10 * SECOND) }
      const reply = await fetch(login.dataset.login, options)
      if (reply.status === 404) location.replace(login.dataset.status) // unknown: the exporter restarted
      if (reply.ok) {
        const { state, progress } = await reply.json()
        if (state !== 'awaiting_approval') {
          if (shown !== state) show(state === 'connected' ? 'connected' : 'refused')
          shown = state
          const line = document.querySelector('[data-progress]')
          line.textContent = progress || ''
          line.hidden = !progress
          if (!progress) clearInterval(timer)
        }
      }
    } catch {
      // no answer: there is no network, or the exporter restarts
    }
    isAsking = false
  }
  const timer = setInterval(() => {
    times += 1
    if (times < PATIENT_FOR || times % 20 === 0) ask()
  }, ASK_EVERY)
  document.addEventListener('visibilitychange', ask) // back from the Monzo app
  ask()
}

const status = document.querySelector('[data-refresh]')
if (status) {
  const headline = (page) => page.querySelector('h1').textContent
  setInterval(async () => {
    try {
      const text = await (await fetch(location.pathname, { cache: 'no-store' })).text()
      const page = new DOMParser().parseFromString(text, 'text/html')
      if (headline(page) !== headline(document)) location.reload()
    } catch {
      // asked again in a moment
    }
  }, 3 * SECOND)
}

for (const button of document.querySelectorAll('[data-copy]')) {
  if (!navigator.clipboard) continue // there only on https and on loopback
  button.hidden = false
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent)
    button.textContent = 'Copied'
  })
}
`
