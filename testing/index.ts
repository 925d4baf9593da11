export { startRingback } from './startRingback.js'
export type {
  ActionOptions,
  Bot,
  BotOptions,
  Call,
  Duration,
  ExpectedNotification,
  Fault,
  FaultState,
  Notification,
  Person,
  Ringback,
  RingbackOptions,
  Snapshot,
  TokenOptions,
  WaitOptions,
} from './types.js'
