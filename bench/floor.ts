import { createServer } from 'node:http'

// The floor for any Node program: a bare server that answers one cached buffer. In a process of
// its own: `floor <port> <bytes> <headers as JSON>`.
const [port, bytes, headers = '[]'] = process.argv.slice(2)
const body = Buffer.alloc(Number(bytes), 'x')
const names: string[] = JSON.parse(headers)

createServer((_request, response) => {
  response.writeHead(200, names)
  response.end(body)
}).listen(Number(port), '127.0.0.1')
