import { type Html, html } from './html.ts'

/**
 * As much of Markdown as our own help needs: paragraphs, lists, blocks of code, and in a line code,
 * bold, emphasis and links. A link to one of the docs, which are not served, becomes its text.
 * @param prefix stands before links that begin with "/".
 */
export function renderMarkdown(text: string, prefix: string): Html {
  return html`${text.split('\n\n').map((block) => renderBlock(block, prefix))}`
}

const FENCE = /^```\w*\n([\s\S]*)\n```$/
const ITEM = /^(?:\d+\.|-) /

function renderBlock(block: string, prefix: string): Html {
  const [, code] = FENCE.exec(block) ?? []
  if (code !== undefined) return html`<pre tabindex="0">${code}</pre>`
  if (!ITEM.test(block)) return html`<p>${renderLine(block, prefix)}</p>`
  const items = block
    .split('\n')
    .map((line) => html`<li>${renderLine(line.replace(ITEM, ''), prefix)}</li>`)
  return block.startsWith('-') ? html`<ul>${items}</ul>` : html`<ol>${items}</ol>`
}

const SPAN = /`([^`]+)`|\*\*([^*]+)\*\*|\*([^*]+)\*|\[([^\]]+)\]\(([^)]+)\)/g

function renderLine(line: string, prefix: string): Html {
  const parts: (string | Html)[] = []
  let end = 0
  for (const { 0: all, index, ...groups } of line.matchAll(SPAN)) {
    parts.push(line.slice(end, index), renderSpan(groups, prefix))
    end = index + all.length
  }
  return html`${[...parts, line.slice(end)]}`
}

function renderSpan(groups: Readonly<Record<number, string>>, prefix: string): Html {
  const { 1: code, 2: bold, 3: emphasis, 4: text, 5: target = '' } = groups
  if (code !== undefined) return html`<code>${code}</code>`
  if (bold !== undefined) return html`<strong>${bold}</strong>`
  if (emphasis !== undefined) return html`<em>${emphasis}</em>`
  if (target.startsWith('/')) return html`<a href="${prefix}${target}">${text}</a>`
  return /^https:/.test(target) ? html`<a href="${target}">${text}</a>` : html`<code>${text}</code>`
}
