import { CallbackUrlPolicy, createDnsResolver, resolveHost } from '../delivery/callbackUrlPolicy.js'
import { createReadCertificate } from '../delivery/certificate.js'
import { createFetchMedia } from '../delivery/fetchMedia.js'
import { createMeasurePrompt } from '../delivery/promptDuration.js'
import { createPost, createSend } from '../delivery/send.js'
import type { Settings } from './config.js'
import type { Dependencies } from './service.js'

type Network = Pick<
  Dependencies,
  'callbackUrlPolicy' | 'send' | 'post' | 'measurePrompt' | 'fetchMedia' | 'readCertificate'
>

/** The dependencies that contact callbacks and fetch prompts. */
export function createNetwork(settings: Settings): Network {
  const callbackUrlPolicy = new CallbackUrlPolicy(settings, resolveHost)
  // Prompts come from many hosts, whose name servers may not answer; only locally are their names in a hosts file.
  const mediaUrlPolicy = settings.RINGBACK_LOCAL
    ? callbackUrlPolicy
    : new CallbackUrlPolicy(settings, createDnsResolver())
  return {
    callbackUrlPolicy,
    send: createSend(callbackUrlPolicy),
    post: createPost(callbackUrlPolicy),
    measurePrompt: createMeasurePrompt(mediaUrlPolicy),
    fetchMedia: createFetchMedia(mediaUrlPolicy),
    readCertificate: createReadCertificate(callbackUrlPolicy),
  }
}
