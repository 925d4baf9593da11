import { WRITE_DELIVERIES } from '../../shared/access/permissions.js'
import { listDeliveries } from '../../shared/delivery/deliveries.js'
import { deliveriesPage, readDeliveryQuery } from '../../shared/graph/deliveries.js'
import { httpFunction } from '../../shared/graphFunction.js'

httpFunction({
  name: 'delivery-list',
  method: 'GET',
  path: 'deliveries',
  permissions: [WRITE_DELIVERIES],
  async handle({ service, query, baseUrl }) {
    const { after, ...wanted } = readDeliveryQuery(query)
    const { deliveries, next } = await listDeliveries(service, wanted, after)
    return { status: 200, body: deliveriesPage(deliveries, next, query, `${baseUrl}/deliveries`) }
  },
})
