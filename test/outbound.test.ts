// Goal: no URL that a partner can register makes the hub call anything but a partner's own server.
// Method: a real server on loopback that counts connections; a resolver that answers as an
// attacker's would; nothing of either may be reached.
import { createServer, type RequestListener } from 'node:http'
import { createServer as createTcpServer } from 'node:net'
import { once } from 'node:events'
import t from 'tap'
import {
  createOutbound,
  isPartnerHost,
  isPublicAddress,
  OutboundError,
  type Outbound,
} from '../src/outbound.ts'
import type { Teardown } from './helpers/run.ts'

const HOST = 'hooks.agency-example.org'
const codeOf = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work
    return 'called'
  } catch (error) {
    if (error instanceof OutboundError) return error.code
    throw error
  }
}
const post = (outbound: Outbound, url: string, hosts: readonly string[] = [HOST]) =>
  outbound.call({ method: 'POST', url, hosts, headers: {}, body: '{}' })

const serve = async (t: Teardown, answer: RequestListener) => {
  let requests = 0
  const server = createServer((request, response) => {
    requests += 1
    answer(request, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as { port: number }
  return { port, url: `http://127.0.0.1:${port}/`, requests: () => requests }
}

/** Spellings of this machine, of inner networks and of parsers' disagreements. */
const tricks = (port: number): string[] => [
  `http://127.0.0.1:${port}/`,
  `https://127.0.0.1:${port}/`,
  'https://127.0.0.1/',
  'https://127.1/',
  'https://127.0.1/',
  'https://2130706433/',
  'https://0x7f000001/',
  'https://0x7f.0.0.1/',
  'https://0177.0.0.1/',
  'https://017700000001/',
  'https://0/',
  'https://0.0.0.0/',
  'https://127.0.0.1./',
  'https://①②⑦.⓪.⓪.①/',
  'https://127。0。0。1/',
  'https://localhost/',
  'https://LOCALHOST/',
  'https://localhost./',
  'https://localhost.localdomain/',
  'https://a.localhost/',
  'https://hub.local/',
  'https://hub.internal/',
  'https://metadata.google.internal/',
  'https://169.254.169.254/latest/meta-data/',
  'https://[::1]/',
  `http://[::1]:${port}/`,
  'https://[::]/',
  'https://[::ffff:127.0.0.1]/',
  'https://[::ffff:7f00:1]/',
  'https://[0:0:0:0:0:ffff:7f00:1]/',
  'https://[::127.0.0.1]/',
  'https://[64:ff9b::7f00:1]/',
  'https://[2002:7f00:1::]/',
  'https://[fe80::1%25eth0]/',
  'https://[fd00::1]/',
  'https://10.0.0.1/',
  'https://172.16.0.1/',
  'https://192.168.1.1/',
  'https://100.64.0.1/',
  'https://8.8.8.8/',
  `https://${HOST}:8443/`,
  `https://${HOST}:443/`,
  `https://${HOST}:22/`,
  `http://${HOST}/`,
  `ftp://${HOST}/`,
  `file:///etc/passwd`,
  `gopher://${HOST}/`,
  `javascript:alert(1)`,
  `data:text/plain,x`,
  `https://user@${HOST}/`,
  `https://user:secret@${HOST}/`,
  `https://${HOST}@127.0.0.1/`,
  `https://127.0.0.1#@${HOST}/`,
  `https://127.0.0.1\\@${HOST}/`,
  `https:\\\\${HOST}/`,
  `https:${HOST}/`,
  `https:///${HOST}/`,
  `https://${HOST}#fragment`,
  `https://${HOST}/#`,
  ` https://${HOST}/`,
  `https://${HOST}/\n`,
  `https://${HOST}\t/`,
  `https://${HOST}/\u0000`,
  `https://${HOST.toUpperCase()}/`,
  `https://${HOST}./`,
  `https://${HOST}%00.evil.example/`,
  `https://${HOST}%2eevil.example/`,
  `https://${HOST}.evil-example.org/`,
  `https://evil.${HOST}/`,
  `https://evil-${HOST}/`,
  `https://hооks.agency-example.org/`,
  `https://hooks.agency-example.org\u3002evil.org/`,
  `https://${HOST}/../../`,
  `https://agency-example.org/`,
  'https://example/',
  '//127.0.0.1/',
  '/v1/feed',
  '',
]

t.test('URL tricks are refused before a name is resolved', async (t) => {
  const inside = await serve(t, (_request, response) => response.end())
  let resolved = 0
  const outbound = createOutbound({
    allowLoopback: false,
    resolve: async () => {
      resolved += 1
      return ['127.0.0.1']
    },
  })
  const list = tricks(inside.port)
  t.ok(list.length >= 60, `${list.length} tricks`)
  for (const url of list) {
    const code = await codeOf(post(outbound, url))
    t.ok(
      ['url_not_plain', 'not_https', 'port', 'host_not_registered'].includes(code),
      `${url}: ${code}`,
    )
    t.throws(() => outbound.check(url, [HOST]), OutboundError)
  }
  t.equal(resolved, 0)
  t.equal(inside.requests(), 0)
})

t.test('a registered name that leads inside is refused, whatever it says besides', async (t) => {
  const inside = await serve(t, (_request, response) => response.end())
  const answers: readonly (readonly string[])[] = [
    ['127.0.0.1'],
    ['93.184.216.34', '127.0.0.1'],
    ['10.1.2.3'],
    ['172.31.255.255'],
    ['192.168.0.1'],
    ['169.254.169.254'],
    ['100.127.0.1'],
    ['0.0.0.0'],
    ['192.0.0.8'],
    ['198.19.255.255'],
    ['224.0.0.1'],
    ['255.255.255.255'],
    ['::1'],
    ['::'],
    ['::ffff:127.0.0.1'],
    ['::ffff:a00:1'],
    ['64:ff9b::a00:1'],
    ['64:ff9b:1::1'],
    ['fe80::1'],
    ['fe80::1%eth0'],
    ['fc00::1'],
    ['fd12:3456::1'],
    ['fec0::1'],
    ['ff02::1'],
    ['2001::1'],
    ['2001:db8::1'],
    ['2002:a00:1::'],
    ['3fff::1'],
    ['2606:4700::1', 'fd00::1'],
    ['not an address'],
  ]
  for (const addresses of answers) {
    const outbound = createOutbound({ allowLoopback: false, resolve: async () => addresses })
    t.equal(
      await codeOf(post(outbound, `https://${HOST}/`)),
      'address_not_public',
      addresses.join(),
    )
  }
  for (const nothing of [async () => [], () => Promise.reject(new Error('away'))]) {
    const outbound = createOutbound({ allowLoopback: false, resolve: nothing })
    t.equal(await codeOf(post(outbound, `https://${HOST}/`)), 'name_unknown')
  }
  t.equal(inside.requests(), 0)
  for (const address of ['93.184.216.34', '1.1.1.1', '2606:4700:4700::1111', '2a00:1450::1']) {
    t.ok(isPublicAddress(address), address)
  }
})

t.test('a name is resolved once, and that address is connected to', async (t) => {
  const asked: string[] = []
  const outbound = createOutbound({
    allowLoopback: false,
    // The first leads nowhere; the second answer would be this machine: rebinding.
    resolve: async (host) => {
      asked.push(host)
      return asked.length === 1 ? ['2000::1'] : ['127.0.0.1']
    },
  })
  const code = await codeOf(post(outbound, `https://${HOST}/`))
  t.ok(['timeout', 'unreachable'].includes(code), code)
  t.same(asked, [HOST])
})

t.test('a partner that redirects, talks without end or stays silent', async (t) => {
  const outbound = createOutbound({ allowLoopback: true })
  const target = await serve(t, (_request, response) => response.end())
  const redirecting = await serve(t, (_request, response) => {
    response.writeHead(302, { location: target.url }).end()
  })
  t.equal((await post(outbound, redirecting.url)).status, 302)
  t.equal(target.requests(), 0)
  const talking = await serve(t, (_request, response) => {
    response.write('x'.repeat(65_537))
  })
  t.equal(await codeOf(post(outbound, talking.url)), 'answer_too_large')
  const exact = await serve(t, (_request, response) => response.end('x'.repeat(65_536)))
  t.equal((await post(outbound, exact.url)).body.length, 65_536)
  const silent = createTcpServer(() => {})
  silent.listen(0, '127.0.0.1')
  await once(silent, 'listening')
  t.teardown(() => silent.close())
  const { port } = silent.address() as { port: number }
  t.equal(await codeOf(post(outbound, `http://127.0.0.1:${port}/`)), 'timeout')
  silent.close()
  t.equal(await codeOf(post(outbound, 'http://127.0.0.1:1/')), 'unreachable')
})

t.test('what can be registered as a host', async (t) => {
  for (const host of [HOST, 'a.id', 'fcm.googleapis.com', 'xn--bcher-kva.example.org']) {
    t.ok(isPartnerHost(host), host)
  }
  const wrong = [
    'localhost',
    '127.0.0.1',
    'hub',
    'a.local',
    'A.id',
    'a..id',
    '-a.id',
    'a.id.',
    '*.id',
  ]
  for (const host of wrong) t.notOk(isPartnerHost(host), host)
  const outbound = createOutbound({ allowLoopback: false })
  t.ok(outbound.check('https://a.push.example.org/x?y=1', ['*.push.example.org']))
  t.throws(() => outbound.check('https://push.example.org/', ['*.push.example.org']), OutboundError)
})
