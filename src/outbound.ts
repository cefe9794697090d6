import { lookup as lookUp } from 'node:dns/promises'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { BlockList, isIPv4, isIPv6 } from 'node:net'

/** Time for everything: name, connection, answer. */
const TIMEOUT_MS = 5_000
const MAX_ANSWER_BYTES = 65_536

const subnets = (type: 'ipv4' | 'ipv6', list: readonly string[]): BlockList => {
  const block = new BlockList()
  for (const subnet of list) {
    const [net = '', prefix] = subnet.split('/')
    block.addSubnet(net, Number(prefix), type)
  }
  return block
}

/** IANA's special-purpose registry and everything else that is not one host on the Internet. */
const PRIVATE_V4 = subnets('ipv4', [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.31.196.0/24',
  '192.52.193.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '192.175.48.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/3',
])
/** Of IPv6 only 2000::/3 is handed out; what maps or tunnels to IPv4 lies outside or is listed. */
const GLOBAL_V6 = subnets('ipv6', ['2000::/3'])
const PRIVATE_V6 = subnets('ipv6', [
  '2001::/23',
  '2001:db8::/32',
  '2002::/16',
  '2620:4f:8000::/48',
  '3fff::/20',
])

/** Whether an address belongs to a host on the Internet. Anything but an address does not. */
export const isPublicAddress = (address: string): boolean => {
  if (isIPv4(address)) return !PRIVATE_V4.check(address, 'ipv4')
  if (!isIPv6(address) || address.includes('%')) return false
  return GLOBAL_V6.check(address, 'ipv6') && !PRIVATE_V6.check(address, 'ipv6')
}

export type OutboundRefusal =
  | 'url_not_plain'
  | 'not_https'
  | 'port'
  | 'host_not_registered'
  | 'address_not_public'
  | 'name_unknown'
  | 'unreachable'
  | 'timeout'
  | 'answer_too_large'

/** A call that was not made, or not to its end. Carries no address: it may be logged. */
export class OutboundError extends Error {
  readonly code: OutboundRefusal
  constructor(code: OutboundRefusal) {
    super(code)
    this.name = 'OutboundError'
    this.code = code
  }
}

export interface OutboundCall {
  readonly method: 'POST' | 'GET'
  readonly url: string
  /** Host names that this caller may reach; `*.example.org` stands for every name below. */
  readonly hosts: readonly string[]
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

export interface OutboundAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}

export interface Outbound {
  /**
   * Calls a partner's server: https on port 443, a registered name, resolved once to public
   * addresses and pinned to the first, no redirects, five seconds, 64 KiB of answer.
   * Resolves with whatever status came, redirects included. @throws OutboundError
   */
  call(call: OutboundCall): Promise<OutboundAnswer>
  /** Whether a URL may be registered; the same checks without resolving. @throws OutboundError */
  check(url: string, hosts: readonly string[]): URL
}

export interface OutboundOptions {
  /** Lets http://127.0.0.1 and http://[::1] on any port be called, for tests and trying out. */
  readonly allowLoopback: boolean
  /** Every address of a name; the system's resolver when absent. */
  readonly resolve?: (host: string) => Promise<readonly string[]>
}

const NAME = /^(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/
/** Names that never lead to a partner (RFC 6761, RFC 6762, RFC 8375, RFC 7686). */
const NOT_PARTNERS = /(^|\.)(localhost|local|internal|intranet|lan|home\.arpa|onion|invalid|test)$/

/** Whether this can be the registered host of a partner: a full name, never an address. */
export const isPartnerHost = (host: string): boolean => NAME.test(host) && !NOT_PARTNERS.test(host)

const isLoopbackUrl = (url: URL): boolean =>
  url.protocol === 'http:' && (url.hostname === '127.0.0.1' || url.hostname === '[::1]')

const isRegistered = (host: string, hosts: readonly string[]): boolean =>
  hosts.some((each) => (each.startsWith('*.') ? host.endsWith(each.slice(1)) : host === each))

/** A URL is taken in the one spelling that parsers agree on, or not at all. */
const plainUrl = (text: string): URL => {
  const url = URL.canParse(text) ? new URL(text) : null
  const spellings = url === null ? [] : [url.href, url.href.replace(/\/$/, '')]
  if (url === null || !spellings.includes(text) || url.username !== '' || url.password !== '') {
    throw new OutboundError('url_not_plain')
  }
  if (url.hash !== '' || text.includes('#')) throw new OutboundError('url_not_plain')
  return url
}

const checkUrl = (text: string, hosts: readonly string[], allowLoopback: boolean): URL => {
  const url = plainUrl(text)
  if (allowLoopback && isLoopbackUrl(url)) return url
  if (url.protocol !== 'https:') throw new OutboundError('not_https')
  if (url.port !== '') throw new OutboundError('port')
  if (!isPartnerHost(url.hostname) || !isRegistered(url.hostname, hosts)) {
    throw new OutboundError('host_not_registered')
  }
  return url
}

const systemResolve = async (host: string): Promise<string[]> =>
  (await lookUp(host, { all: true, verbatim: true })).map(({ address }) => address)

/** The address to connect to; one that is not public among several refuses them all. */
const pinnedAddress = async (host: string, resolve: OutboundOptions['resolve']) => {
  const addresses = await (resolve ?? systemResolve)(host).catch(() => [])
  const [first] = addresses
  if (first === undefined) throw new OutboundError('name_unknown')
  if (!addresses.every(isPublicAddress)) throw new OutboundError('address_not_public')
  return first
}

const readAnswer = async (response: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > MAX_ANSWER_BYTES) throw new OutboundError('answer_too_large')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

const exchange = (
  url: URL,
  address: string | null,
  call: OutboundCall,
  signal: AbortSignal,
): Promise<OutboundAnswer> =>
  new Promise((resolve, reject) => {
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest
    const options = {
      method: call.method,
      headers: { ...call.headers, 'accept-encoding': 'identity' },
      agent: false,
      signal,
      // The name is never resolved a second time: what was checked is what is connected to.
      ...(address === null ? {} : { lookup: pinTo(address) }),
    }
    const request = send(url, options, (response) => {
      readAnswer(response)
        .then((body) =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
        )
        .catch(reject)
        .finally(() => request.destroy())
    })
    request.on('error', reject)
    request.end(call.body)
  })

type LookupDone = (
  error: null,
  address: string | { address: string; family: number }[],
  family?: number,
) => void

const pinTo =
  (address: string) =>
  (_host: string, options: { all?: boolean | undefined }, done: LookupDone): void => {
    const family = isIPv6(address) ? 6 : 4
    if (options.all === true) done(null, [{ address, family }])
    else done(null, address, family)
  }

export const createOutbound = (options: OutboundOptions): Outbound => {
  const check = (url: string, hosts: readonly string[]): URL =>
    checkUrl(url, hosts, options.allowLoopback)

  const attempt = async (call: OutboundCall, signal: AbortSignal): Promise<OutboundAnswer> => {
    const url = check(call.url, call.hosts)
    const address = isLoopbackUrl(url) ? null : await pinnedAddress(url.hostname, options.resolve)
    signal.throwIfAborted()
    return await exchange(url, address, call, signal)
  }

  return {
    check,
    call: async (call) => {
      const signal = AbortSignal.timeout(TIMEOUT_MS)
      const late = new Promise<never>((_, reject) => {
        signal.addEventListener('abort', () => reject(new OutboundError('timeout')), { once: true })
      })
      try {
        return await Promise.race([attempt(call, signal), late])
      } catch (error) {
        if (error instanceof OutboundError) throw error
        throw new OutboundError(signal.aborted ? 'timeout' : 'unreachable')
      }
    },
  }
}
