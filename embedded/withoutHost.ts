import type { Service } from '../shared/service/service.js'

// Takes the place of @azure/functions and of shared/service/processService.ts in the npm package, which has no
// Functions host: nothing is registered with it, and each service is handed to what answers a request.

const ignore = (): void => undefined

export const app = { http: ignore, storageQueue: ignore }

export const getService = (): Promise<Service> => Promise.reject(new Error('expected a service of this process'))
