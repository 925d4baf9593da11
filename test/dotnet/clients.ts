import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

export const HERE = fileURLToPath(new URL('.', import.meta.url))
/** The built program that contains the clients and the router. */
export const CLIENTS = `${HERE}bin/Release/net10.0/Clients.dll`
export const QUIET = { DOTNET_CLI_TELEMETRY_OPTOUT: '1', DOTNET_NOLOGO: '1' }

/**
 * Runs the dotnet command and returns its output.
 *
 * @param extraEnv environment variables besides those of this process
 * @throws Error with the output of the command, such as errors of the compiler
 */
export async function runDotnet(args: readonly string[], extraEnv: Record<string, string> = {}): Promise<string> {
  const env = { ...process.env, ...QUIET, ...extraEnv }
  try {
    return (await promisify(execFile)('dotnet', args, { env })).stdout
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string }
    throw new Error(`dotnet ${args[0]} failed:\n${stdout}${stderr}`)
  }
}
