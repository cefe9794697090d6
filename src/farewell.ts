import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'

/** WebSocket closing code for a server that comes back (RFC 6455 registry). */
const SERVICE_RESTART = 1012
const SOCKET_END_MS = 2_000
/** For what was asked before a stop to be answered. */
const ANSWER_MS = 10_000

/** Clients of a hub that restarts are told so (1012); who does not answer is cut off. */
export const endSockets = ({ websocketServer }: FastifyInstance): void => {
  for (const socket of websocketServer.clients) socket.close(SERVICE_RESTART, 'the hub restarts')
  const cutOff = (): void => {
    for (const socket of websocketServer.clients) socket.terminate()
  }
  setTimeout(cutOff, SOCKET_END_MS).unref()
  websocketServer.close()
}

/**
 * Lets a server stop although somebody is connected. Node waits a minute for a connection that asks
 * nothing, such as browsers open ahead of need, or half of something: it is ended at once. Requests under way have
 * `ANSWER_MS` to end.
 */
export const endConnections = (server: Server): (() => void) => {
  const silent = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    silent.add(socket)
    socket.once('close', () => silent.delete(socket))
  })
  server.on('upgrade', ({ socket }: IncomingMessage) => silent.delete(socket))
  server.on('request', ({ socket }: IncomingMessage, answer: ServerResponse) => {
    silent.delete(socket)
    // Half of a next request may follow, which asks nothing yet either.
    answer.once('close', () => {
      if (!socket.destroyed) silent.add(socket)
    })
  })
  return () => {
    for (const socket of silent) socket.destroy()
    setTimeout(() => server.closeAllConnections(), ANSWER_MS).unref()
  }
}
