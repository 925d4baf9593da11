import type { Connection, Conversation, Notification, User } from './messages.js'

// The resource account `room`: the bot joins a meeting, and moves the caller into it.

export function createRoom({ act, joinMeeting }: Connection, path: string, caller: User): Conversation {
  // The first notification about the meeting can arrive before the reply with its id.
  let meeting: Promise<string> | undefined
  let hasInvited = false

  /** The invitation replaces the call of the caller, which then ends. */
  async function invite(): Promise<void> {
    if (hasInvited) return
    hasInvited = true
    const participants = [{ identity: { user: { id: caller.id } }, replacesCallId: path }]
    await act('POST', `${await meeting}/participants/invite`, { participants })
  }

  async function handle(about: string, { resource, resourceData }: Notification): Promise<void> {
    if (Array.isArray(resourceData) || resource !== about || resourceData.state !== 'established') return
    if (about !== path) return invite()
    meeting ??= joinMeeting()
    await meeting
  }

  return { name: 'room', handle, owns: async (other) => other === path || other === (await meeting) }
}
