import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

export const HERE = fileURLToPath(new URL('.', import.meta.url))
/** The built program with all clients. */
export const CLIENTS = `${HERE}bin/Release/net10.0/Clients.dll`
export const QUIET = { DOTNET_CLI_TELEMETRY_OPTOUT: '1', DOTNET_NOLOGO: '1' }

/** @throws Error with what the command has said, such as the compiler's words */
export async function runDotnet(args: readonly string[], more: Record<string, string> = {}): Promise<string> {
  const env = { ...process.env, ...QUIET, ...more }
  try {
    return (await promisify(execFile)('dotnet', args, { env })).stdout
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string }
    throw new Error(`dotnet ${args[0]} failed:\n${stdout}${stderr}`)
  }
}
