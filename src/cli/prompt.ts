import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import type { CommandContext } from './context.ts'

/** Asks the person at the terminal, one question at a time. */
export interface Prompt {
  /** @returns the trimmed answer; `undefined` if the person gave up (Ctrl-C, Ctrl-D). */
  ask(question: string, options?: { readonly isSecret?: boolean }): Promise<string | undefined>
  close(): void
}

/** Lines that arrive before they are asked for, for example by pasting, are kept for later questions. */
export function createPrompt({ stdin, stdout, isTerminal, stopping }: CommandContext): Prompt {
  let isMuted = false
  const output = new Writable({
    write(chunk, _encoding, done) {
      if (!isMuted) stdout.write(chunk)
      done()
    },
  })
  const lines: string[] = []
  let wake = () => {}
  let isClosed = false
  const terminal = createInterface({ input: stdin, output, terminal: isTerminal })
  const close = () => terminal.close()
  terminal.on('line', (line) => {
    lines.push(line)
    wake()
  })
  terminal.on('close', () => {
    isClosed = true
    wake()
  })
  if (stopping.aborted) close()
  else stopping.addEventListener('abort', close, { once: true })

  return {
    async ask(question, { isSecret = false } = {}) {
      terminal.setPrompt(question)
      if (!isClosed) terminal.prompt() // newer versions of Node throw on a closed one
      isMuted = isSecret // what is typed from here on is not shown
      while (lines.length === 0 && !isClosed)
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      if (isMuted) stdout.write('\n')
      isMuted = false
      return lines.shift()?.trim()
    },
    close() {
      stopping.removeEventListener('abort', close)
      terminal.close()
    },
  }
}
