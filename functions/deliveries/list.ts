import { WRITE_DELIVERIES } from '../../shared/auth/permissions.js'
import { listDeliveries } from '../../shared/delivery/deliveries.js'
import { deliveryQuery, readDeliveryQuery, renderDeliveries } from '../../shared/graph/deliveries.js'
import { renderPage } from '../../shared/graph/paging.js'
import { deliveriesReply } from '../../shared/graph/replies/operator.js'
import { registerEndpoint } from '../../shared/http/registerEndpoint.js'

registerEndpoint({
  name: 'delivery-list',
  summary: 'Lists notifications with their attempts',
  method: 'GET',
  path: 'deliveries',
  permissions: [WRITE_DELIVERIES],
  query: deliveryQuery,
  replies: { 200: deliveriesReply },
  handle: async function listDeliveryPage({ service, query, baseUrl }) {
    const { after, ...wanted } = readDeliveryQuery(query)
    const { deliveries, next } = await listDeliveries(service, wanted, after)
    return { status: 200, body: renderPage(renderDeliveries(deliveries), next, query, `${baseUrl}/deliveries`) }
  },
})
