import { createServer } from 'node:http'

// The floor for any Node program: a bare server that answers one cached buffer. In a process of
// its own: `floor <port> <bytes>`.
const [port = 0, bytes = 0] = process.argv.slice(2).map(Number)
const body = Buffer.alloc(bytes, 'x')
const headers = { 'content-type': 'text/plain', 'content-length': bytes }

createServer((_request, response) => {
  response.writeHead(200, headers)
  response.end(body)
}).listen(port, '127.0.0.1')
