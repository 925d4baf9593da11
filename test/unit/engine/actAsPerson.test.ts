import { expect, test } from 'vitest'
import { actAsPerson } from '../../../shared/engine/actAsPerson.js'
import { StorageUnavailable } from '../../../shared/storage/tables.js'
import { outgoingCall } from '../../support/callFixtures.js'
import { createServiceFixture, failRequests } from '../../support/serviceFixture.js'

test('when a call cannot be read, acting as its person is a storage error, and not "in no call"', async () => {
  const fixture = createServiceFixture()
  await fixture.createCall(outgoingCall('ann'))
  fixture.tables.before = failRequests('read calls')
  const act = actAsPerson(fixture.service, { type: 'personAnswers', personId: 'ann' }, undefined)
  await expect(act).rejects.toThrow(StorageUnavailable)
})
