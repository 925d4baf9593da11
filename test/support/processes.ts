import { execFileSync, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { basename } from 'node:path'

// What the system knows about the processes that the tests start.

const printProcesses = (...args: string[]): string[] =>
  execFileSync('ps', args, { encoding: 'utf8' }).split('\n').filter(Boolean)

/** True if a program is installed, so that a test can use it. */
export const canRun = (program: string, versionOption = '--version'): boolean =>
  spawnSync(program, [versionOption]).status === 0

/** True if the storage with this connection string answers. */
export const isReachable = (connectionString: string): Promise<boolean> =>
  fetch(/QueueEndpoint=([^;]+)/.exec(connectionString)?.[1] ?? '').then(
    () => true,
    () => false,
  )

/** The processes that a process has started (Linux). */
export const childrenOf = (pid: number): number[] => printProcesses('-o', 'pid=', '--ppid', String(pid)).map(Number)

/** The command lines of the running Azurites whose data is below this directory. */
export const azuritesIn = (directory: string): string[] =>
  printProcesses('-ww', '-eo', 'args').filter((line) => line.split(' --location ')[1]?.includes(basename(directory)))

/** The addresses on which a process listens (Linux, proc(5)): address and port of each socket. */
export function listeningSockets(pid: number): string[] {
  const inodes = new Set(
    readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      const [, inode] = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`)) ?? []
      return inode ?? []
    }),
  )
  const LISTEN = '0A'
  return ['tcp', 'tcp6'].flatMap((file) =>
    readFileSync(`/proc/${pid}/net/${file}`, 'utf8')
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter(([, , , state, , , , , , inode = '']) => state === LISTEN && inodes.has(inode))
      .map(([, address = '']) => address),
  )
}

/** How the addresses of listeningSockets begin that are 127.0.0.1. */
export const LOOPBACK_V4 = '0100007F'

/** A port of 127.0.0.1 that was free a moment ago, for programs that cannot tell which one they have taken. */
export async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
