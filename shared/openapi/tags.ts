/** The groups of operations: which paths they have, below the version and the area, and what they are. */
const TAGS = [
  {
    name: 'Participants',
    path: /^calls\/\{callId\}\/participants/,
    description: 'The roster of a call.',
  },
  {
    name: 'Audio routing groups',
    path: /^calls\/\{callId\}\/audioRoutingGroups/,
    description: 'Private audio routes in a group call or a meeting.',
  },
  {
    name: 'Content sharing sessions',
    path: /^calls\/\{callId\}\/contentSharingSessions/,
    description: 'The content that a participant shares.',
  },
  { name: 'Calls', path: /^calls/, description: 'The calls of a bot, and their operations.' },
  {
    name: 'Call records',
    path: /^callRecords/,
    description: 'The records of calls that have ended, of all applications of a tenant.',
  },
  { name: 'Batches', path: /^\$batch/, description: 'Several requests in one.' },
  { name: 'Recordings', path: /^recordings/, description: 'The audio of recordings.' },
  {
    name: 'Meetings and calendars',
    path: /^(onlineMeetings|calendar)/,
    description: 'Simulated meetings and calendars. With `SIMULATOR=false` these addresses are 404.',
  },
  { name: 'Bots', path: /^bots/, description: 'For operators: the registrations of bots.' },
  { name: 'Deliveries', path: /^deliveries/, description: 'For operators: the notifications and their attempts.' },
  {
    name: 'Simulator',
    path: /^simulator/,
    description:
      'For tests: simulated people, and faults. With `SIMULATOR=false` the addresses of calls and people are 404; ' +
      'faults and reactions exist on a local service only.',
  },
  { name: 'Service', path: /^(health|openapi)/, description: 'The service itself.' },
  {
    name: 'Tokens',
    path: /./,
    description:
      'The tokens on notifications and their keys. The addresses that begin with a tenant are those of the local ' +
      'issuer, and exist with `RINGBACK_LOCAL=true` only.',
  },
] as const

/** The group of an operation, by its path below the version and the area. */
export const tagOf = (path: string): string => TAGS.find((tag) => tag.path.test(path))?.name ?? ''

/** Where a group is in the document. */
export const positionOfTag = (tag: string): number => ORDER.indexOf(tag)

/** The groups that these operations belong to, in the order of the document. */
export const listTags = (used: ReadonlySet<string>) =>
  ORDER.flatMap((name) => TAGS.filter((tag) => tag.name === name && used.has(name))).map(({ name, description }) => ({
    name,
    description,
  }))

const ORDER: readonly string[] = [
  ...['Calls', 'Participants', 'Audio routing groups', 'Content sharing sessions', 'Recordings'],
  ...['Batches', 'Call records', 'Meetings and calendars', 'Bots', 'Deliveries', 'Simulator', 'Tokens', 'Service'],
]
