import { app } from '@azure/functions'

// The smallest app: what a request costs that does nothing.

app.setup({ enableHttpStream: true })
app.http('hello', { route: 'hello', authLevel: 'anonymous', handler: async () => ({ body: 'hello' }) })
