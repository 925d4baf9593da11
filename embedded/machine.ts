/** The clock and the timers of the machine. */
export interface Machine {
  now(): number
  setTimeout(run: () => void, milliseconds: number): NodeJS.Timeout
  clearTimeout(timeout: NodeJS.Timeout | undefined): void
}

const { setTimeout, clearTimeout, setImmediate, Date: MachineDate, performance } = globalThis

/** As they were at the start of the process: a test may replace the global ones, for its own code. */
export const MACHINE: Machine = { now: MachineDate.now.bind(MachineDate), setTimeout, clearTimeout }

/** Milliseconds that no change of the clock affects. */
export const elapsed = performance.now.bind(performance)

/** Waits in real time. */
export const sleep = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, milliseconds)
  })

/** Waits until everything that can run now has run. */
export const nextTurn = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve)
  })
