// What a line in the hosts file does, and, since port 443 belongs to the machine, what a rule of its firewall would do.
const tls = require('node:tls')
const { connect } = tls

tls.connect = (options, ...rest) => {
  const leadsHere = process.env.HOST_NAMES.split(',').includes(options.servername ?? options.host)
  return connect(leadsHere ? { ...options, host: '127.0.0.1', port: process.env.SERVICE_PORT } : options, ...rest)
}
