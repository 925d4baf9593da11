import { execFileSync } from 'node:child_process'

/** Builds dist/, from which tests start the service. */
export const build = (): void =>
  void execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '--build'], { stdio: 'inherit' })
