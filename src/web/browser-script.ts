/**
 * The only script. It shows times in the browser's zone, keeps the status page up to date, turns the
 * waiting page into the connected one, and copies. Every page works without it.
 */
export const BROWSER_SCRIPT = `'use strict'
const SECOND = 1000
const MINUTE = 60 * SECOND

const get = async (path) => {
  const reply = await fetch(path, { cache: 'no-store', signal: AbortSignal.timeout(10 * SECOND) })
  if (!reply.ok && reply.status !== 404) throw new Error('status ' + reply.status)
  return reply
}
const parse = (text) => new DOMParser().parseFromString(text, 'text/html')

// Times. In English, as the page is; without this script they are in UTC.
const FORMAT = {
  day: 'numeric', month: 'short', year: 'numeric',
  hour: '2-digit', minute: '2-digit', timeZoneName: 'short',
}
const inWords = (date) => date.toLocaleString('en-GB', FORMAT)
const localize = (root) => {
  for (const time of root.querySelectorAll('time')) time.textContent = inWords(new Date(time.dateTime))
}

// The status page: parts that have changed are replaced, so that nothing else moves.
const parts = [...document.querySelectorAll('[data-live]')]
const seen = new Map(parts.map((part) => [part, part.innerHTML]))
localize(document)
if (parts.length > 0) {
  const silent = document.querySelector('[data-silent]')
  const isInUse = (part) =>
    [...part.querySelectorAll('input')].some((field) => field.value || field === document.activeElement)
  let asOf = new Date()
  let isAsking = false
  const renew = async () => {
    if (isAsking || document.hidden) return
    isAsking = true
    try {
      const page = parse(await (await get(location.pathname)).text())
      const isTyping = parts.some(isInUse)
      for (const part of parts) {
        const fresh = page.getElementById(part.id)
        if (!fresh || fresh.innerHTML === seen.get(part)) continue
        if (isTyping && (part.querySelector('form') || fresh.querySelector('form'))) continue
        seen.set(part, fresh.innerHTML)
        localize(fresh)
        part.replaceChildren(...fresh.childNodes)
      }
      document.title = page.title
      asOf = new Date()
      silent.hidden = true
    } catch {
      const isLong = new Date() - asOf > 15 * SECOND
      if (isLong) silent.querySelector('[data-as-of]').textContent = inWords(asOf)
      if (isLong) silent.hidden = false
    }
    isAsking = false
  }
  setInterval(renew, 3 * SECOND)
  document.addEventListener('visibilitychange', renew)
}

// The waiting page.
const ASK_EVERY = SECOND / 2 // we ask Monzo every second: together that is less than two
const LATE_AFTER = 2 * MINUTE
const PATIENT_FOR = 5 * MINUTE // after that we ask Monzo less often, too
const HAS_READ = 'Finished reading your history. The status page says how much is known.'
const waiting = document.querySelector('[data-login]')
if (waiting) {
  const { login, status } = waiting.dataset
  const section = (name) => document.querySelector('[data-when="' + name + '"]')
  const show = (name) => {
    for (const part of document.querySelectorAll('[data-when]'))
      part.hidden = part.dataset.when !== name
    entitle(section(name).querySelector('h1').textContent).focus()
  }
  const entitle = (text) => {
    const heading = document.querySelector('[data-when]:not([hidden]) h1')
    heading.textContent = text
    document.title = text + ' \\u00b7 Monzo exporter'
    return heading
  }
  const tell = (name, text) => {
    const line = document.querySelector('[data-' + name + ']')
    if (line.textContent !== text) line.textContent = text
    line.hidden = !text
  }
  const begun = Date.now()
  let answered = begun
  let asked = 0
  let lookedForTrouble = begun
  let isAsking = false
  let isLate = false
  let hasRead = false
  let shown
  const lookForTrouble = async () => {
    lookedForTrouble = Date.now()
    const page = parse(await (await get(status)).text())
    tell('trouble', page.querySelector('[data-problem-of="awaiting_approval"]')?.textContent ?? '')
  }
  const beLate = () => {
    isLate = true
    entitle('Not approved yet')
    section('awaiting_approval').querySelector('details').open = true
  }
  const ask = async () => {
    if (isAsking) return
    isAsking = true
    asked = Date.now()
    try {
      const reply = await get(login)
      if (reply.status === 404) return location.replace(status) // unknown: the exporter restarted
      const { state, progress } = await reply.json()
      if (answered < asked - 15 * SECOND) tell('trouble', '')
      answered = Date.now()
      if (state !== 'awaiting_approval') {
        if (shown !== state) show(state === 'connected' ? 'connected' : 'refused')
        shown = state
        if (progress) hasRead = true
        else clearInterval(timer)
        tell('progress', progress ?? (hasRead ? HAS_READ : ''))
      } else {
        if (!isLate && asked - begun >= LATE_AFTER) beLate()
        if (asked - lookedForTrouble >= 5 * SECOND) await lookForTrouble()
      }
    } catch {
      // there is no network, or the exporter restarts
      if (Date.now() - answered > 15 * SECOND)
        tell('trouble', 'The exporter does not answer. Is it still running?')
    }
    isAsking = false
  }
  const timer = setInterval(() => {
    const now = Date.now()
    if (now - begun < PATIENT_FOR || now - asked >= 10 * SECOND) ask()
  }, ASK_EVERY)
  document.addEventListener('visibilitychange', ask) // back from the Monzo app
  ask()
}

// Copy.
const copy = async (source) => {
  if (navigator.clipboard) return navigator.clipboard.writeText(source.textContent)
  getSelection().selectAllChildren(source) // on plain http, other than on loopback
  if (!document.execCommand('copy')) throw new Error('not copied')
}
for (const button of document.querySelectorAll('[data-copy]')) {
  button.hidden = false
  button.addEventListener('click', async () => {
    try {
      await copy(document.getElementById(button.dataset.copy))
      button.textContent = 'Copied'
    } catch {
      button.textContent = 'Select and copy it by hand'
    }
  })
}
`
