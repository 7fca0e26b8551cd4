import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { parseHead, parseLine, renderHead, renderLine } from '../../src/history/ledger-lines.ts'
import { anyPosting, kept, known, ms, opening, posting } from './postings.ts'

describe('A line of a ledger', () => {
  it('is what sums need of a transaction, and nothing more', () => {
    const one = posting({
      id: 'tx_1',
      split: [
        ['bills', -500],
        ['holidays', -10],
      ],
      description: 'SAMPLE CAFE',
    })
    assert.equal(
      renderLine(kept(one)),
      '{"id":"tx_1","created":"2026-11-22T09:00:00.000Z","amount":-510,"currency":"GBP","category":"eating_out","split":[["bills",-500],["holidays",-10]],"outcome":"settled","spending":true}\n',
    )
  })
  it('says which of them is a move of a pot', () => {
    const { id, ...told } = JSON.parse(
      renderLine(kept(posting({ isInSpending: false, isPotMove: true, outcome: 'pending' }))),
    )
    assert.deepEqual(told, {
      created: '2026-11-22T09:00:00.000Z',
      amount: -510,
      currency: 'GBP',
      category: 'eating_out',
      outcome: 'pending',
      pot_move: true,
    })
  })
  it('comes back as it was written, whatever it says', () => {
    const lines = fc.oneof(
      anyPosting('2016-01-01T00:00:00Z', '2030-01-01T00:00:00Z').map((one) => kept(one)),
      fc.string().map((id) => ({ kind: 'gone', id }) as const),
      fc.constant(known('2020-01-01T00:00:00Z', '2021-01-01T00:00:00.001Z')),
      fc.maxSafeInteger().map((minor) => opening(minor, '2020-02-29T00:00:00Z')),
    )
    fc.assert(
      fc.property(lines, (line) => {
        const text = renderLine(line)
        assert.equal(text.indexOf('\n'), text.length - 1)
        assert.deepEqual(parseLine(text), line)
      }),
    )
  })
  const bad: [what: string, text: string][] = [
    ['no JSON', 'tx_1'],
    ['no object', '[]'],
    ['something else', '{"pot":"pot_1"}'],
    [
      'no time',
      '{"id":"tx_1","created":"soon","amount":1,"currency":"GBP","category":"a","outcome":"settled"}',
    ],
    [
      'half a penny',
      '{"id":"tx_1","created":"2026-11-22T09:00:00Z","amount":0.5,"currency":"GBP","category":"a","outcome":"settled"}',
    ],
    [
      'an outcome that is none',
      '{"id":"tx_1","created":"2026-11-22T09:00:00Z","amount":1,"currency":"GBP","category":"a","outcome":"lost"}',
    ],
    [
      'a split that is none',
      '{"id":"tx_1","created":"2026-11-22T09:00:00Z","amount":1,"currency":"GBP","category":"a","outcome":"settled","split":{"a":1}}',
    ],
    ['no end', '{"known":{"from":"2026-11-22T09:00:00Z"}}'],
    ['no currency', '{"opening":0,"from":"2026-11-22T09:00:00Z"}'],
  ]
  for (const [what, text] of bad)
    it(`is not one with ${what}`, () => assert.equal(parseLine(text), undefined))
})

describe('The first line', () => {
  const head = { accountId: 'acc_1', createdMs: ms('2018-03-01T09:00:00.123Z') }
  it('says whose history it is, and since when there is the account', () => {
    assert.equal(
      renderHead(head),
      '{"version":1,"account_id":"acc_1","created":"2018-03-01T09:00:00.123Z"}\n',
    )
    assert.deepEqual(parseHead(renderHead(head)), head)
  })
  it('tells a newer version from damage', () => {
    assert.deepEqual(parseHead('{"version":2,"account_id":{}}'), { version: 2 })
    for (const text of ['', '{}', '{"version":"1"}', '{"version":1}', '{"version":0}', 'null'])
      assert.equal(parseHead(text), undefined)
  })
})
