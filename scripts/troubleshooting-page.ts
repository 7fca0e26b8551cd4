import { HELP } from '../src/web/help-entries.ts'

/** docs/troubleshooting.md: the same symptoms as at /assets/help. */
export function renderTroubleshootingPage(): string {
  const sections = HELP.map(({ title, entries }) => {
    const texts = entries.map(({ symptom, answer }) => `### ${symptom}\n\n${forDocs(answer)}\n`)
    return `## ${title}\n\n${texts.join('\n')}`
  })
  return `# Troubleshooting

<!-- Generated from src/web/help-entries.ts by scripts/generate-references.ts. Do not edit. -->

Look for what you see. The exporter has this page at \`/assets/help\`, too (*Docs* at the bottom of every page).
Its status page and its log also say what is wrong and what to do. \`monzo-exporter\` is
[the command](../README.md#the-command).

${sections.join('\n')}`
}

/** The exporter's own pages can't be linked to from here. */
const forDocs = (answer: string): string =>
  answer
    .replaceAll(/\[([^\]]+)\]\(\/[^)]*\)/g, '$1')
    .replaceAll(
      /^```sh$/gm,
      '<!-- needs another machine; test/browser/ssh.test.ts does it -->\n\n```sh',
    )
