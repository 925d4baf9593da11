/** The part of the messages of the 2019 API that the sample bot reads. */
export interface User {
  id: string
  displayName?: string
  language?: string
}

export interface Participant {
  info: { identity: { user?: User } }
}

/** The data of a call or an operation. */
export interface Resource {
  state?: string
  status?: string
  source?: { identity: { user: User } }
  /** The resource account that was called, if it was one. */
  targets?: { identity: { applicationInstance?: { id: string } } }[]
  toneInfo?: { tone: string }
  /** What the bot has sent with the request that started the operation. */
  clientContext?: string
}

export interface Notification {
  changeType: 'created' | 'updated' | 'deleted'
  /** `/app/calls/{id}`, which `/participants` or `/operations/{id}` may follow. */
  resource: string
  resourceData: Resource | Participant[]
}

/** The reply to a request. */
export interface Reply {
  status: number
  body: string
  retryAfterSeconds?: number
  /** The method and the path, for error messages. */
  request: string
}

/** What the conversations do with the API. */
export interface Connection {
  /** Sends a request below `/beta`. It must succeed, unless the call has ended. */
  act(method: string, path: string, body?: object): Promise<void>
  /** Joins the meeting without media, and returns its path. */
  joinMeeting(): Promise<string>
}

/** A conversation with the caller of a resource account. */
export interface Conversation {
  /** The name in the log. */
  readonly name: string
  /** Whether the path is that of the call of the caller, or of another call of the conversation. */
  owns(path: string): Promise<boolean>
  handle(path: string, notification: Notification): Promise<void>
}
