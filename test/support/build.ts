import { execFileSync } from 'node:child_process'

/** Builds what is tested: the service runs as a process of its own, from dist/. */
export const build = (): void =>
  void execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '--build'], { stdio: 'inherit' })
