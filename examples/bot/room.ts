import type { Connection, Conversation, Notification, Participant, User } from './messages.js'

// The resource account `room`: the bot joins a meeting, moves the caller into it, and leaves when all people have left.

export function createRoom({ act, joinMeeting }: Connection, path: string, caller: User): Conversation {
  // The first notification about the meeting can arrive before the reply with its id.
  let meeting: Promise<string> | undefined
  let hasInvited = false
  let hadPeople = false

  /** The invitation replaces the call of the caller, which then ends. */
  async function invite(): Promise<void> {
    if (hasInvited) return
    hasInvited = true
    const participants = [{ identity: { user: { id: caller.id } }, replacesCallId: path }]
    await act('POST', `${await meeting}/participants/invite`, { participants })
  }

  /** When all people have left, the roster has the bot only. */
  async function leaveEmptyMeeting(members: readonly Participant[]): Promise<void> {
    const isEmpty = members.every(({ info }) => info.identity.user === undefined)
    if (isEmpty && hadPeople) await act('DELETE', `${await meeting}`)
    hadPeople ||= !isEmpty
  }

  async function handle(about: string, { resource, resourceData }: Notification): Promise<void> {
    if (Array.isArray(resourceData)) return about === path ? undefined : leaveEmptyMeeting(resourceData)
    if (resource !== about || resourceData.state !== 'established') return
    if (about !== path) return invite()
    meeting ??= joinMeeting()
    await meeting
  }

  return { name: 'room', handle, owns: async (other) => other === path || other === (await meeting) }
}
