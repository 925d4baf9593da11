// The documented operations of the calls API, as data: what Microsoft's pages say about each of them, and where this
// repository has it. docs/api.md shows them as a table, which renderOperationsTable generates.

/** The versions of the API that document an operation; `2019` is Graph beta before /communications. */
export type Version = '2019' | 'v1.0' | 'beta'
type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE'

/** What differs between the dialects. */
export interface PerDialect<T> {
  readonly app: T
  readonly communications: T
}
const both = <T>(value: T): PerDialect<T> => ({ app: value, communications: value })

/** What a reply has as its body. An operation is named after its status. */
type ReplyBody = 'none' | 'list' | 'running' | 'completed' | 'call' | 'participant' | 'group' | 'session'

const OPERATION_KEYS = {
  app: ['clientContext', 'createdDateTime', 'id', 'lastActionDateTime', 'status'],
  communications: ['@odata.type', 'clientContext', 'id', 'status'],
}
const PARTICIPANT_KEYS = ['id', 'info', 'isInLobby', 'isMuted', 'mediaStreams']
const CALL_KEYS = ['callbackUri', 'direction', 'id', 'mediaConfig', 'requestedModalities', 'source', 'state', 'targets']
/** The properties of a body on the pages. */
export const documentedKeys: Readonly<Record<Exclude<ReplyBody, 'none'>, PerDialect<readonly string[]>>> = {
  list: both(['value']),
  running: OPERATION_KEYS,
  completed: OPERATION_KEYS,
  call: { app: CALL_KEYS, communications: ['@odata.type', ...CALL_KEYS] },
  participant: { app: PARTICIPANT_KEYS, communications: ['@odata.type', ...PARTICIPANT_KEYS] },
  group: both(['id', 'receivers', 'routingMode', 'sources']),
  session: both(['@odata.type', 'id']),
}

/** What follows after an operation, in the words of `describeNotification`. */
type Notifications = readonly string[]
const NONE: PerDialect<Notifications> = both([])
const COMPLETED = both(['deleted operations completed'])
const ESTABLISHED: PerDialect<Notifications> = {
  app: ['updated call establishing', 'updated call established'],
  communications: ['updated call establishing', 'updated call established', 'updated call with audio'],
}
/** The end of a call that did not end with DELETE. */
const ENDED: PerDialect<Notifications> = {
  app: ['updated call terminated', 'deleted call'],
  communications: ['deleted call terminated'],
}
/** The roster of the conference in which the operations are tried: the bot and two people. */
const ROSTER = both(['updated participants 3'])

export interface DocumentedOperation {
  /** The name of Microsoft's page. */
  readonly page: string
  readonly method: Method
  /** The path below `calls`. */
  readonly path: string
  readonly versions: readonly Version[]
  /** True if the operation has no path below /communications. */
  readonly isOnlyBelowApp: boolean
  /** The name of the Azure function. */
  readonly function: string
  readonly status: PerDialect<number>
  readonly hasLocation: boolean
  readonly body: PerDialect<ReplyBody>
  readonly notifications: PerDialect<Notifications>
  /** The test over HTTP, below `test/integration/functions`. */
  readonly test: string
}

const EVERY_VERSION = ['2019', 'v1.0', 'beta'] as const
const CURRENT = ['v1.0', 'beta'] as const

type Operation = Pick<DocumentedOperation, 'page' | 'path' | 'function' | 'status' | 'test'> &
  Partial<DocumentedOperation>

/** Completes an operation: a POST in every version, without a Location, a body or notifications. */
const operation = (given: Operation): DocumentedOperation => ({
  method: 'POST',
  versions: EVERY_VERSION,
  isOnlyBelowApp: false,
  hasLocation: false,
  body: both('none'),
  notifications: NONE,
  ...given,
})

type Action = Omit<Operation, 'status' | 'hasLocation' | 'body'> & Partial<Pick<Operation, 'status'>>

/** An action that replies with the operation that it starts, and its Location. */
const action = (status: 'running' | 'completed', given: Action): DocumentedOperation =>
  operation({ status: both(200), hasLocation: true, body: both(status), ...given })

export const documentedOperations: readonly DocumentedOperation[] = [
  operation({
    page: 'application-post-calls',
    path: '',
    function: 'call-create',
    status: both(201),
    hasLocation: true,
    body: both('call'),
    notifications: ESTABLISHED,
    test: 'calls/create.test.ts',
  }),
  operation({
    page: 'call-get',
    method: 'GET',
    path: '/{callId}',
    function: 'call-get',
    status: both(200),
    body: both('call'),
    test: 'calls/get.test.ts',
  }),
  operation({
    page: 'call-delete',
    method: 'DELETE',
    path: '/{callId}',
    function: 'call-delete',
    status: both(204),
    notifications: { app: ENDED.app, communications: ['updated call terminating', 'deleted call terminated'] },
    test: 'calls/delete.test.ts',
  }),
  operation({
    page: 'call-keepalive',
    path: '/{callId}/keepAlive',
    versions: CURRENT,
    function: 'call-keep-alive',
    status: both(200),
    test: 'calls/keepAlive.test.ts',
  }),
  operation({
    page: 'call-answer',
    path: '/{callId}/answer',
    function: 'call-answer',
    status: { app: 200, communications: 202 },
    body: { app: 'running', communications: 'none' },
    notifications: ESTABLISHED,
    test: 'calls/answer.test.ts',
  }),
  operation({
    page: 'call-reject',
    path: '/{callId}/reject',
    function: 'call-reject',
    status: both(202),
    notifications: ENDED,
    test: 'calls/reject.test.ts',
  }),
  operation({
    page: 'call-redirect',
    path: '/{callId}/redirect',
    function: 'call-redirect',
    status: both(202),
    notifications: { app: ['updated call redirecting', ...ENDED.app], communications: ENDED.communications },
    test: 'calls/redirect.test.ts',
  }),
  operation({
    page: 'call-transfer',
    path: '/{callId}/transfer',
    function: 'call-transfer',
    status: both(202),
    notifications: {
      app: ['updated operations running', 'deleted operations completed', ...ENDED.app],
      communications: ['updated call transferring', 'updated call transferAccepted', ...ENDED.communications],
    },
    test: 'calls/transfer.test.ts',
  }),
  action('completed', {
    page: 'call-mute',
    path: '/{callId}/mute',
    function: 'call-mute',
    notifications: ROSTER,
    test: 'calls/mute.test.ts',
  }),
  action('completed', {
    page: 'call-unmute',
    path: '/{callId}/unmute',
    function: 'call-unmute',
    notifications: ROSTER,
    test: 'calls/mute.test.ts',
  }),
  operation({
    page: 'call-changescreensharingrole',
    path: '/{callId}/changeScreenSharingRole',
    function: 'call-change-screen-sharing-role',
    status: both(202),
    notifications: ROSTER,
    test: 'calls/changeScreenSharingRole.test.ts',
  }),
  action('completed', {
    page: 'call-updatemetadata',
    path: '/{callId}/updateMetadata',
    versions: ['2019'],
    isOnlyBelowApp: true,
    function: 'call-update-metadata',
    status: both(202),
    notifications: ROSTER,
    test: 'calls/updateMetadata.test.ts',
  }),
  action('completed', {
    page: 'call-updaterecordingstatus',
    path: '/{callId}/updateRecordingStatus',
    versions: CURRENT,
    function: 'call-update-recording-status',
    notifications: ROSTER,
    test: 'calls/updateRecordingStatus.test.ts',
  }),
  action('running', {
    page: 'call-playprompt',
    path: '/{callId}/playPrompt',
    function: 'call-play-prompt',
    notifications: COMPLETED,
    test: 'calls/playPrompt.test.ts',
  }),
  ...(['recordResponse', 'record'] as const).map((name) =>
    action('running', {
      page: 'call-record',
      path: `/{callId}/${name}`,
      versions: name === 'record' ? ['2019'] : CURRENT,
      function: 'call-record-response',
      notifications: COMPLETED,
      test: 'calls/recordResponse.test.ts',
    }),
  ),
  action('completed', {
    page: 'call-subscribetotone',
    path: '/{callId}/subscribeToTone',
    function: 'call-subscribe-to-tone',
    notifications: both(['updated call established']),
    test: 'calls/subscribeToTone.test.ts',
  }),
  action('running', {
    page: 'call-senddtmftones',
    path: '/{callId}/sendDtmfTones',
    versions: CURRENT,
    function: 'call-send-dtmf-tones',
    notifications: COMPLETED,
    test: 'calls/sendDtmfTones.test.ts',
  }),
  action('completed', {
    page: 'call-cancelmediaprocessing',
    path: '/{callId}/cancelMediaProcessing',
    function: 'call-cancel-media-processing',
    notifications: both(['deleted operations failed']),
    test: 'calls/playPrompt.test.ts',
  }),
  action('running', {
    page: 'call-addlargegalleryview',
    path: '/{callId}/addLargeGalleryView',
    versions: CURRENT,
    function: 'call-add-large-gallery-view',
    status: { app: 200, communications: 202 },
    notifications: COMPLETED,
    test: 'calls/addLargeGalleryView.test.ts',
  }),
  operation({
    page: 'addlargegalleryviewoperation-get',
    method: 'GET',
    path: '/{callId}/operations/{operationId}',
    versions: CURRENT,
    function: 'operation-get',
    status: both(200),
    body: both('completed'),
    test: 'operations/get.test.ts',
  }),
  operation({
    page: 'call-logteleconferencedevicequality',
    path: '/logTeleconferenceDeviceQuality',
    versions: CURRENT,
    function: 'call-log-teleconference-device-quality',
    status: both(200),
    test: 'calls/logTeleconferenceDeviceQuality.test.ts',
  }),
  operation({
    page: 'call-list-participants',
    method: 'GET',
    path: '/{callId}/participants',
    function: 'participant-list',
    status: both(200),
    body: both('list'),
    test: 'participants/roster.test.ts',
  }),
  operation({
    page: 'participant-get',
    method: 'GET',
    path: '/{callId}/participants/{participantId}',
    function: 'participant-get',
    status: both(200),
    body: both('participant'),
    test: 'participants/roster.test.ts',
  }),
  action('running', {
    page: 'participant-invite',
    path: '/{callId}/participants/invite',
    function: 'participant-invite',
    status: { app: 202, communications: 200 },
    notifications: both(['deleted operations completed', 'updated participants 4']),
    test: 'participants/invite.test.ts',
  }),
  operation({
    page: 'participant-delete',
    method: 'DELETE',
    path: '/{callId}/participants/{participantId}',
    function: 'participant-delete',
    status: both(204),
    notifications: both(['updated participants 2']),
    test: 'participants/delete.test.ts',
  }),
  action('completed', {
    page: 'participant-mute',
    path: '/{callId}/participants/{participantId}/mute',
    function: 'participant-mute',
    notifications: ROSTER,
    test: 'participants/mute.test.ts',
  }),
  action('completed', {
    page: 'participant-muteall',
    path: '/{callId}/participants/muteAll',
    versions: ['2019', 'beta'],
    function: 'participant-mute-all',
    notifications: ROSTER,
    test: 'participants/mute.test.ts',
  }),
  action('completed', {
    page: 'participants-mute',
    path: '/{callId}/participants/mute',
    versions: ['2019'],
    function: 'participant-mute-all-2018',
    notifications: ROSTER,
    test: 'participants/mute.test.ts',
  }),
  action('running', {
    page: 'participant-configuremixer',
    path: '/{callId}/participants/configureMixer',
    versions: ['2019', 'beta'],
    function: 'participant-configure-mixer',
    notifications: COMPLETED,
    test: 'participants/configureMixer.test.ts',
  }),
  action('running', {
    page: 'participant-startholdmusic',
    path: '/{callId}/participants/{participantId}/startHoldMusic',
    versions: CURRENT,
    function: 'participant-start-hold-music',
    status: { app: 200, communications: 202 },
    notifications: COMPLETED,
    test: 'participants/holdMusic.test.ts',
  }),
  action('completed', {
    page: 'participant-stopholdmusic',
    path: '/{callId}/participants/{participantId}/stopHoldMusic',
    versions: CURRENT,
    function: 'participant-stop-hold-music',
    status: { app: 200, communications: 202 },
    test: 'participants/holdMusic.test.ts',
  }),
  operation({
    page: 'call-post-audioroutinggroups',
    path: '/{callId}/audioRoutingGroups',
    function: 'audio-routing-group-create',
    status: both(200),
    body: both('group'),
    test: 'audioRoutingGroups/audioRoutingGroups.test.ts',
  }),
  operation({
    page: 'call-list-audioroutinggroups',
    method: 'GET',
    path: '/{callId}/audioRoutingGroups',
    function: 'audio-routing-group-list',
    status: both(200),
    body: both('list'),
    test: 'audioRoutingGroups/audioRoutingGroups.test.ts',
  }),
  operation({
    page: 'audioroutinggroup-get',
    method: 'GET',
    path: '/{callId}/audioRoutingGroups/{groupId}',
    function: 'audio-routing-group-get',
    status: both(200),
    body: both('group'),
    test: 'audioRoutingGroups/audioRoutingGroups.test.ts',
  }),
  operation({
    page: 'audioroutinggroup-update',
    method: 'PATCH',
    path: '/{callId}/audioRoutingGroups/{groupId}',
    function: 'audio-routing-group-update',
    status: both(200),
    body: both('group'),
    test: 'audioRoutingGroups/audioRoutingGroups.test.ts',
  }),
  operation({
    page: 'audioroutinggroup-delete',
    method: 'DELETE',
    path: '/{callId}/audioRoutingGroups/{groupId}',
    function: 'audio-routing-group-delete',
    status: both(204),
    test: 'audioRoutingGroups/audioRoutingGroups.test.ts',
  }),
  operation({
    page: 'call-list-contentsharingsessions',
    method: 'GET',
    path: '/{callId}/contentSharingSessions',
    versions: CURRENT,
    function: 'content-sharing-session-list',
    status: both(200),
    body: both('list'),
    test: 'contentSharingSessions/contentSharingSessions.test.ts',
  }),
  operation({
    page: 'contentsharingsession-get',
    method: 'GET',
    path: '/{callId}/contentSharingSessions/{sessionId}',
    versions: CURRENT,
    function: 'content-sharing-session-get',
    status: both(200),
    body: both('session'),
    test: 'contentSharingSessions/contentSharingSessions.test.ts',
  }),
]

const isCurrent = ({ versions }: DocumentedOperation) => versions.some((version) => version !== '2019')

/** The operation with a link to its page, if that still exists. */
function renderLink({ page, method, path }: DocumentedOperation): string {
  const text = `\`${method} calls${path}\``
  const hasPage = documentedOperations.some((other) => other.page === page && isCurrent(other))
  return hasPage ? `[${text}](https://learn.microsoft.com/graph/api/${page})` : text
}

/** Both dialects in one cell, once if they are the same. */
function renderBoth<T>({ app, communications }: PerDialect<T>, render: (value: T) => string): string {
  const [first, second] = [render(app), render(communications)]
  return first === second ? first : `2019: ${first}; current: ${second}`
}

/** The table of docs/api.md, which a test compares. */
export function renderOperationsTable(): string {
  const rows = documentedOperations.map((documented) => {
    const name = documented.test.split('/').at(-1)?.replace('.test.ts', '')
    return [
      renderLink(documented),
      documented.versions.join(', '),
      renderBoth(documented.status, String),
      renderBoth(documented.notifications, (lines) => lines.join(', ') || '-'),
      `[${name}](../test/integration/functions/${documented.test})`,
    ]
  })
  const titles = ['Operation', 'API', 'Status', 'Notifications', 'Test']
  return [titles, titles.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}
