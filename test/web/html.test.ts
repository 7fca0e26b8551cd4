import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import { html } from '../../src/web/html.ts'
import { asSentence } from '../../src/web/message-page.ts'

it('escapes what is put in, in text and in attributes', () => {
  const evil = `"><script>alert('1')</script>&`
  assert.equal(
    html`<a title="${evil}">${evil}</a>`.toString(),
    '<a title="&quot;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;">&quot;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;</a>',
  )
})

it('takes other html as it is, lists one after the other, and nothing for undefined', () => {
  const items = ['a', '<b>'].map((text) => html`<li>${text}</li>`)
  assert.equal(
    html`<ul>${items}${undefined}</ul>${3}`.toString(),
    '<ul><li>a</li><li>&lt;b&gt;</li></ul>3',
  )
})

it('never lets text open a tag or end an attribute', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      assert.doesNotMatch(html`${text}`.toString(), /[<>"']/)
    }),
  )
})

const sentences: [message: string, sentence: string][] = [
  ['the code was refused', 'The code was refused.'],
  ['Try again', 'Try again.'],
  ['Really?', 'Really?'],
  ['auth_key is short', 'auth_key is short.'],
  ['tokens.json is damaged', 'tokens.json is damaged.'],
  ['127.0.0.1:80 is in use', '127.0.0.1:80 is in use.'],
]
for (const [message, sentence] of sentences) {
  it(`makes a sentence of “${message}”`, () => assert.equal(asSentence(message), sentence))
}
