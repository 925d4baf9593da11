// What many calls need and cost, calculated from the counts of one call. Pure: scripts/capacity.ts reads the counts and
// writes docs/scale.md.

/** The counts of a peer-to-peer call from its creation to its removal. */
export interface CallCounts {
  readonly tableRequests: number
  readonly messages: number
  /** The messages in the queue `notifications`. */
  readonly wakeUps: number
  /** The watchdog entries that the sweep finds due. */
  readonly sweepEntries: number
  /** The requests that the sweep sends for them. */
  readonly sweepRequests: number
  readonly storedKiB: number
}

/** How many calls arrive. */
export interface Load {
  readonly name: string
  readonly callsPerSecond: number
}

/** Something that is exhausted at a number of calls a second. */
interface Ceiling {
  readonly resource: string
  /** The limit, and its source. */
  readonly limit: string
  /** What a call needs of it. */
  readonly calculation: string
  readonly callsPerSecond: number
}

// Azure Storage, scalability targets of tables, queues and accounts.
const ACCOUNT_REQUESTS_PER_SECOND = 20_000
const PARTITION_ROWS_PER_SECOND = 2_000
const QUEUE_MESSAGES_PER_SECOND = 2_000
/** A message is sent, received and deleted. */
const REQUESTS_PER_MESSAGE = 3

/** The default of REQUESTS_PER_10_SECONDS. */
const APPLICATION_REQUESTS_PER_SECOND = 300
/** The requests of a bot in such a call: a create, the answer of the simulated person, and a hang-up. */
const REQUESTS_OF_BOT = 3
/** A call has two rows in the partition of its application, which are written, and deleted with it. */
const INDEX_WRITES = 4

/** infra/modules/functionApp.bicep */
const MAX_INSTANCES = 100
const INSTANCE_GB = 2
/**
 * An estimate. An instance of 2 GB has one core. docs/performance.md measured 68 creates a second, which are about
 * 1,000 storage requests, on two cores that also ran the client, the callback and the emulated storage.
 */
const INSTANCE_STORAGE_REQUESTS_PER_SECOND = 800
/** Flex Consumption scales requests, the two queues and the sweep separately. */
const MIN_INSTANCES = 4

/** The share of a limit that is planned for: calls do not arrive evenly within a second. */
const PLANNED_SHARE = 0.75
const MAX_ACCOUNTS = 10

// List prices in US dollars.
const PRICE_PER_TABLE_REQUEST = 0.00036 / 10_000
const PRICE_PER_QUEUE_REQUEST = 0.004 / 10_000
const PRICE_PER_EXECUTION = 0.4 / 1_000_000
const PRICE_PER_GB_SECOND = 0.000026
const PRICE_PER_GB_MONTH = 0.045
const DAYS_PER_MONTH = 30
const KIB_PER_GB = 1024 * 1024

/** The storage requests of a call. */
const countStorageRequests = ({ tableRequests, messages }: CallCounts): number =>
  tableRequests + messages * REQUESTS_PER_MESSAGE

export const LOADS: readonly Load[] = [
  { name: '100,000 an hour', callsPerSecond: 100_000 / 3_600 },
  { name: '10,000,000 a day, evenly', callsPerSecond: 10_000_000 / 86_400 },
  { name: '10,000,000 a day, the busiest hour: three times the average', callsPerSecond: (3 * 10_000_000) / 86_400 },
]

/** The limits with a number of storage accounts, the lowest first. */
export function listCeilings(counts: CallCounts, accounts: number): Ceiling[] {
  const { tableRequests, messages, wakeUps, sweepEntries, sweepRequests } = counts
  const queueRequests = messages * REQUESTS_PER_MESSAGE
  const tablesOfFirst = accounts === 1 ? tableRequests : `${tableRequests} / ${accounts}`
  const ceilings: Ceiling[] = [
    {
      resource: 'the sweep',
      limit: `one instance at a time, ${format(INSTANCE_STORAGE_REQUESTS_PER_SECOND)} storage requests a second`,
      calculation: `${sweepRequests} a call`,
      callsPerSecond: INSTANCE_STORAGE_REQUESTS_PER_SECOND / sweepRequests,
    },
    {
      resource: 'requests to the storage account of the queues',
      limit: `${format(ACCOUNT_REQUESTS_PER_SECOND)} a second`,
      calculation: `${tablesOfFirst} to tables and ${queueRequests} to queues a call`,
      callsPerSecond: ACCOUNT_REQUESTS_PER_SECOND / (tableRequests / accounts + queueRequests),
    },
    {
      resource: 'messages in the queue `notifications`',
      limit: `${format(QUEUE_MESSAGES_PER_SECOND)} a second`,
      calculation: `${wakeUps} a call`,
      callsPerSecond: QUEUE_MESSAGES_PER_SECOND / wakeUps,
    },
    {
      resource: 'a partition of `watchdog`: calls due in the same 5 s',
      limit: `${format(PARTITION_ROWS_PER_SECOND)} rows a second in each account`,
      calculation: `${sweepEntries} deleted rows a call`,
      callsPerSecond: (PARTITION_ROWS_PER_SECOND * accounts) / sweepEntries,
    },
    {
      resource: 'a partition of `callIndex`: the calls of one bot',
      limit: `${format(PARTITION_ROWS_PER_SECOND)} rows a second`,
      calculation: `${INDEX_WRITES} rows a call of this bot`,
      callsPerSecond: PARTITION_ROWS_PER_SECOND / INDEX_WRITES,
    },
    {
      resource: 'requests of one bot',
      limit: `${APPLICATION_REQUESTS_PER_SECOND} a second (\`REQUESTS_PER_10_SECONDS\`)`,
      calculation: `${REQUESTS_OF_BOT} a call of this bot`,
      callsPerSecond: APPLICATION_REQUESTS_PER_SECOND / REQUESTS_OF_BOT,
    },
    {
      resource: 'instances',
      limit: `${MAX_INSTANCES} as deployed, ${format(INSTANCE_STORAGE_REQUESTS_PER_SECOND)} storage requests a second each`,
      calculation: `${countStorageRequests(counts)} a call`,
      callsPerSecond: (MAX_INSTANCES * INSTANCE_STORAGE_REQUESTS_PER_SECOND) / countStorageRequests(counts),
    },
  ]
  return ceilings.toSorted((a, b) => a.callsPerSecond - b.callsPerSecond)
}

/** The fewest storage accounts with which the account of the queues carries a load. Other limits may be lower. */
export function countAccounts({ tableRequests, messages }: CallCounts, { callsPerSecond }: Load): number {
  for (let accounts = 1; accounts <= MAX_ACCOUNTS; accounts++) {
    const requests = callsPerSecond * (tableRequests / accounts + messages * REQUESTS_PER_MESSAGE)
    if (requests <= PLANNED_SHARE * ACCOUNT_REQUESTS_PER_SECOND) return accounts
  }
  throw new Error(`${callsPerSecond} calls a second are too many for ${MAX_ACCOUNTS} accounts`)
}

/** The fewest instances that carry a load. */
export function countInstances(counts: CallCounts, { callsPerSecond }: Load): number {
  const requests = callsPerSecond * countStorageRequests(counts)
  return Math.max(MIN_INSTANCES, Math.ceil(requests / INSTANCE_STORAGE_REQUESTS_PER_SECOND))
}

/** The cost of an hour, in dollars. */
export function costOfHour(counts: CallCounts, load: Load): number {
  const executionTime = countInstances(counts, load) * 3_600 * INSTANCE_GB * PRICE_PER_GB_SECOND
  const others = listCosts(counts, load.callsPerSecond * 3_600)
  return others.reduce((sum, { dollars }) => sum + dollars, executionTime)
}

interface Cost {
  readonly what: string
  readonly quantity: string
  readonly price: string
  readonly dollars: number
}

/** The costs of a number of calls without execution time. */
function listCosts({ tableRequests, messages, storedKiB }: CallCounts, calls: number): Cost[] {
  const queueRequests = calls * messages * REQUESTS_PER_MESSAGE
  const executions = calls * (REQUESTS_OF_BOT + messages)
  const storedGb = (calls * storedKiB) / KIB_PER_GB
  return [
    {
      what: 'table requests',
      quantity: format(calls * tableRequests),
      price: '0.00036 per 10,000',
      dollars: calls * tableRequests * PRICE_PER_TABLE_REQUEST,
    },
    {
      what: 'queue requests: each message is sent, received and deleted',
      quantity: format(queueRequests),
      price: '0.004 per 10,000',
      dollars: queueRequests * PRICE_PER_QUEUE_REQUEST,
    },
    {
      what: `executions: ${REQUESTS_OF_BOT} requests, ${messages} messages`,
      quantity: format(executions),
      price: '0.40 per million',
      dollars: executions * PRICE_PER_EXECUTION,
    },
    {
      what: 'rows, kept for a day',
      quantity: `${storedGb.toPrecision(2)} GB`,
      price: '0.045 per GB and month',
      dollars: (storedGb * PRICE_PER_GB_MONTH) / DAYS_PER_MONTH,
    },
  ]
}

/** Renders the tables of docs/scale.md, by the names of their markers. */
export function renderTables(counts: CallCounts): Readonly<Record<string, string>> {
  return { cost: renderCost(counts), limits: renderLimits(counts), loads: renderLoads(counts) }
}

function renderCost(counts: CallCounts): string {
  const calls = 1_000
  const gbSeconds = calls * (REQUESTS_OF_BOT + counts.messages) * INSTANCE_GB
  const executionTime: Cost = {
    what: 'execution time: at most a second of 2 GB each, less when they run in parallel',
    quantity: `${format(gbSeconds)} GB-s`,
    price: '0.000026',
    dollars: gbSeconds * PRICE_PER_GB_SECOND,
  }
  const costs = [...listCosts(counts, calls), executionTime]
  return renderTable(
    ['Of 1,000 such calls', 'Quantity', 'Price', 'Cost'],
    costs.map(({ what, quantity, price, dollars }) => [what, quantity, price, formatDollars(dollars)]),
  )
}

function renderLimits(counts: CallCounts): string {
  const columns = [1, 2, 4].map((accounts) => listCeilings(counts, accounts))
  const rows = listCeilings(counts, 1).map(({ resource, limit, calculation }) => {
    const reached = columns.map(
      (ceilings) => ceilings.find((other) => other.resource === resource)?.callsPerSecond ?? 0,
    )
    return [resource, limit, calculation, ...reached.map((calls) => format(round(calls)))]
  })
  return renderTable(['Resource', 'Limit', 'Need', 'Calls a second', 'With 2 accounts', 'With 4 accounts'], rows)
}

function renderLoads(counts: CallCounts): string {
  const rows = LOADS.map((load) => {
    const { name, callsPerSecond } = load
    const reached = listCeilings(counts, 1)
      .filter((ceiling) => callsPerSecond > PLANNED_SHARE * ceiling.callsPerSecond)
      .map(
        (ceiling) => `${ceiling.resource} (${format(Math.round((100 * callsPerSecond) / ceiling.callsPerSecond))} %)`,
      )
    const requests = callsPerSecond * countStorageRequests(counts)
    const cost = costOfHour(counts, load)
    return [
      name,
      String(round(callsPerSecond)),
      format(Math.round(requests)),
      reached.join('; ') || 'none',
      String(countAccounts(counts, load)),
      String(countInstances(counts, load)),
      formatDollars(cost),
      formatDollars((cost / callsPerSecond / 3_600) * 1_000),
    ]
  })
  return renderTable(
    [
      'Calls',
      'A second',
      'Storage requests a second',
      'Limits used by more than three quarters with one account and the default settings',
      'Accounts',
      'Instances',
      'Dollars an hour',
      'Dollars for 1,000 calls',
    ],
    rows,
  )
}

function renderTable(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const toRow = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [toRow(columns), toRow(columns.map(() => '---')), ...rows.map(toRow)].join('\n')
}

/** Two significant digits below 100, and whole numbers above. */
const round = (value: number): number => (value < 100 ? Number(value.toPrecision(2)) : Math.round(value))
const format = (value: number): string => value.toLocaleString('en-US')
const formatDollars = (value: number): string => (value >= 1 ? value.toFixed(2) : String(Number(value.toPrecision(2))))
