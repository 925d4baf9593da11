import type { RefObject } from 'preact'
import { useLayoutEffect, useRef, useState } from 'preact/hooks'

/** The end counts as seen when less than a row is hidden below. */
const NEAR_END_PX = 20

export interface Follow {
  readonly isOn: boolean
  /** How many rows were added below since the user has left the end. */
  readonly newCount: number
  /** The element that scrolls. */
  readonly scroller: RefObject<HTMLDivElement | null>
  readonly onScroll: () => void
  readonly toggle: () => void
  readonly stop: () => void
}

/** Keeps the last row in view, until the user scrolls up. */
export function useFollow(rowCount: number, isOnAtFirst: boolean): Follow {
  const [isOn, setIsOn] = useState(isOnAtFirst)
  const [seenCount, setSeenCount] = useState(rowCount)
  const scroller = useRef<HTMLDivElement>(null)
  const lastTop = useRef(0)

  useLayoutEffect(() => {
    if (isOn) scroller.current?.scrollTo({ top: scroller.current.scrollHeight })
    if (isOn || isAtEnd(scroller.current)) setSeenCount(rowCount)
  }, [isOn, rowCount])

  function onScroll(): void {
    const element = scroller.current
    if (element === null) return
    if (element.scrollTop < lastTop.current && !isAtEnd(element)) setIsOn(false)
    if (isAtEnd(element)) setSeenCount(rowCount)
    lastTop.current = element.scrollTop
  }

  return {
    isOn,
    newCount: rowCount - seenCount,
    scroller,
    onScroll,
    toggle: () => setIsOn(!isOn),
    stop: () => setIsOn(false),
  }
}

const isAtEnd = (element: HTMLElement | null): boolean =>
  element !== null && element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_END_PX
