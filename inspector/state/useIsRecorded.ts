import { useEffect, useState } from 'preact/hooks'
import { useApp } from './context.js'

/** Whether the service records what it does, as a local one does. Only such a service has faults. */
export function useIsRecorded(): boolean {
  const { feed } = useApp()
  const [isRecorded, setIsRecorded] = useState(feed.isRecorded())
  useEffect(() => feed.subscribe(() => setIsRecorded(feed.isRecorded())), [])
  return isRecorded
}
