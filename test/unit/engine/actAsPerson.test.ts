import { expect, test } from 'vitest'
import { actAsPerson } from '../../../shared/engine/actAsPerson.js'
import { StorageUnavailable } from '../../../shared/storage/tables.js'
import { outgoingCall } from '../../support/callFixtures.js'
import { createServiceFixture, failRequests } from '../../support/serviceFixture.js'

test('a person whose call cannot be read gets an error of the storage, not the answer that there is no call', async () => {
  const fixture = createServiceFixture()
  await fixture.createCall(outgoingCall('ann'))
  fixture.tables.before = failRequests('read calls')
  const act = actAsPerson(fixture.service, { type: 'personAnswers', personId: 'ann' }, undefined)
  await expect(act).rejects.toThrow(StorageUnavailable)
})
