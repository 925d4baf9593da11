import { execFileSync } from 'node:child_process'

/** Builds dist/, from which tests start the service. */
export function build(): void {
  for (const script of [['node_modules/typescript/bin/tsc', '--build'], ['scripts/buildPages.ts']]) {
    execFileSync(process.execPath, script, { stdio: ['ignore', 'ignore', 'inherit'] })
  }
}
