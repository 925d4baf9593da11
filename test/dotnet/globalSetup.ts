import { build } from '../support/build.js'
import { HERE, runDotnet } from './clients.js'

/** Builds the service, and the program with all clients. */
export async function setup(): Promise<void> {
  build()
  console.log("Building Microsoft's .NET clients ...")
  await runDotnet(['build', HERE, '--configuration', 'Release', '--nologo', '--verbosity', 'quiet'])
}
