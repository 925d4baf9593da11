import { WRITE_DELIVERIES } from '../../shared/auth/permissions.js'
import { listDeliveries } from '../../shared/delivery/deliveries.js'
import { readDeliveryQuery, renderDeliveries } from '../../shared/graph/deliveries.js'
import { renderPage } from '../../shared/graph/paging.js'
import { registerEndpoint } from '../../shared/http/registerEndpoint.js'

registerEndpoint({
  name: 'delivery-list',
  method: 'GET',
  path: 'deliveries',
  permissions: [WRITE_DELIVERIES],
  handle: async function listDeliveryPage({ service, query, baseUrl }) {
    const { after, ...wanted } = readDeliveryQuery(query)
    const { deliveries, next } = await listDeliveries(service, wanted, after)
    return { status: 200, body: renderPage(renderDeliveries(deliveries), next, query, `${baseUrl}/deliveries`) }
  },
})
