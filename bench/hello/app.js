import { app } from '@azure/functions'

// The smallest app. It shows the cost of a request that does nothing.

app.setup({ enableHttpStream: true })
app.http('hello', { route: 'hello', authLevel: 'anonymous', handler: async () => ({ body: 'hello' }) })
