import assert from 'node:assert/strict'
import { it } from 'node:test'
import { AppError } from '../../src/lib/errors.ts'

class Special extends AppError {
  static override readonly kind = 'Special'
}
/** The same class, as another file of a bundle would have it. */
class SpecialElsewhere extends AppError {
  static override readonly kind = 'Special'
}

it('knows expected failures and their special kinds, whichever file of a bundle made them', () => {
  const plain = new AppError('USAGE', 'm', { hint: 'h' })
  const special = new SpecialElsewhere('USAGE', 'm', { hint: 'h' })
  assert.ok(plain instanceof AppError && special instanceof AppError)
  assert.ok(special instanceof Special)
  assert.ok(!(plain instanceof Special))
  for (const other of [new Error('AppError'), undefined, 'AppError', { kind: 'AppError' }])
    assert.ok(!((other as unknown) instanceof AppError))
})
