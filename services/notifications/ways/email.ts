import { createTransport, type Transporter } from 'nodemailer'
import { NEUTRAL } from '../../../src/contracts/notices.ts'
import type { Config } from '../../../src/config.ts'
import type { Way } from './way.ts'

const TIMEOUT_MS = 10_000

export const openMail = (config: Config): Transporter | null => {
  const { smtpUrl } = config.secrets
  if (smtpUrl === null) return null
  const timeouts = {
    connectionTimeout: TIMEOUT_MS,
    greetingTimeout: TIMEOUT_MS,
    socketTimeout: TIMEOUT_MS,
  }
  return createTransport({ url: smtpUrl, pool: true, maxConnections: 2, ...timeouts })
}

interface SmtpFailure {
  readonly code?: string
  readonly responseCode?: number
  readonly command?: string
  readonly response?: string
}

/**
 * Whether a server said that there is no such box: of the address itself, and for no policy of its own
 * (RFC 3463, X.7.Y), such as that it does not relay for this hub.
 */
const isGone = ({ responseCode, command, response = '' }: SmtpFailure): boolean =>
  (responseCode === 550 || responseCode === 553) &&
  command === 'RCPT TO' &&
  !/\b5\.7\.\d/.test(response)

/** The same mail to everybody, always: neutral, without a link. */
export const emailWay =
  (mail: Transporter | null, config: Config): Way =>
  async (_claimed, lead) => {
    if (!('to' in lead)) return { outcome: 'gone', failure: 'unreadable' }
    if (mail === null) return { outcome: 'failed', failure: 'mail_not_set_up' }
    try {
      await mail.sendMail({
        from: config.mailFrom,
        to: lead.to,
        subject: NEUTRAL.subject,
        text: NEUTRAL.text,
        // No number of the message tells the hub's name beyond what `from` tells.
        headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
      })
      return { outcome: 'sent' }
    } catch (error) {
      const failure = error as SmtpFailure
      const { responseCode, code } = failure
      // The server's own words may quote the address.
      if (responseCode === undefined) return { outcome: 'failed', failure: code ?? 'mail_failed' }
      return { outcome: isGone(failure) ? 'gone' : 'failed', failure: `smtp_${responseCode}` }
    }
  }
