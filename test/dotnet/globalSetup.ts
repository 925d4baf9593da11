import { build } from '../support/build.js'
import { HERE, runDotnet } from './clients.js'

/** Builds the service and the .NET program. */
export async function setup(): Promise<void> {
  build()
  console.log("Building Microsoft's .NET clients ...")
  await runDotnet(['build', HERE, '--configuration', 'Release', '--nologo', '--verbosity', 'quiet'])
}
