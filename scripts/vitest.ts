import { spawnSync } from 'node:child_process'

/** Runs vitest with these arguments and environment variables. Returns its exit code. */
export function runVitest(args: readonly string[], env: Readonly<Record<string, string>> = {}): number {
  const { status } = spawnSync(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', ...args], {
    stdio: 'inherit',
    env: { ...process.env, ...env },
  })
  return status ?? 1
}
