// Redirects HOST_NAMES to 127.0.0.1, as the hosts file does, and port 443, which needs privileges, to SERVICE_PORT.
const tls = require('node:tls')
const { connect } = tls

tls.connect = (options, ...rest) => {
  const isRedirected = process.env.HOST_NAMES.split(',').includes(options.servername ?? options.host)
  return connect(isRedirected ? { ...options, host: '127.0.0.1', port: process.env.SERVICE_PORT } : options, ...rest)
}
