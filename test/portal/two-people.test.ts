// Goal: what takes two people, by its pages alone: emergency access from asking to its review, and an
// agency from its first line to a key of its own. Method: small browsers, some of them without scripts.
import { generateKeyPairSync } from 'node:crypto'
import axe from 'axe-core'
import { calculateJwkThumbprint, type JWK } from 'jose'
import type { Page } from 'playwright-core'
import t from 'tap'
import { codeOfStep, stepNow } from '../../services/identity/accounts/totp.ts'
import { fromBase32, PASSWORD } from '../helpers/account.ts'
import { sit } from '../helpers/browser.ts'
import { forge } from '../helpers/handoff.ts'
import { addressOf, asAdmin, newPerson, signIn } from '../helpers/identity.ts'
import { createPortalScene, shows } from '../helpers/portal-scene.ts'
import { until } from '../helpers/until.ts'

const scene = await createPortalScene(t)
const { hub, browser, network, as } = scene
const { sender, recipient } = network
const PLAIN = { scripts: false } as const

t.test('asked, approved, opened, judged', async (t) => {
  const made = await scene.sent()
  const receiving = await as(recipient.worker)
  for (const [index, verb] of ['acknowledge', 'accept'].entries()) {
    const moved = await receiving('POST', `/v1/referrals/${made.id}/${verb}`, {
      version: index + 1,
    })
    t.equal(moved.status, 200)
  }
  const scope = { case: made.case, scope: 'this_agency', recipient: recipient.id }
  t.equal((await (await as(sender.worker))('POST', '/v1/withdrawals', scope)).status, 200)
  const asking = await newPerson(hub, { agency: recipient.id, roles: ['case_worker'] })
  const second = await newPerson(hub, { agency: recipient.id, roles: ['supervisor'] })
  const owner = await newPerson(hub, { agency: sender.id, roles: ['supervisor'] })
  const { page: ours, complaints } = await sit(browser, hub, asking, PLAIN)
  const isNarrow = async (): Promise<boolean> =>
    (await ours.locator('body').evaluate((body) => body.scrollWidth)) <= 360

  await ours.goto(`/referrals/${made.id}`)
  await ours.getByRole('link', { name: 'Minta akses darurat' }).click()
  await shows(ours, 'Ini bukan persetujuan.')
  t.ok(await isNarrow(), 'nothing is wider than the screen')
  await ours.getByRole('button', { name: 'Minta akses darurat' }).click()
  t.ok((await ours.getByRole('alert').textContent()) !== '', 'what is missing is said')
  await ours.getByLabel('Nyawa terancam').check()
  await ours.locator('input[value="identity"]').check()
  await ours.getByLabel('Apa yang terjadi').fill('Tidak sadar')
  await ours.getByRole('button', { name: 'Minta akses darurat' }).click()
  await shows(ours, 'Menunggu orang kedua')
  t.ok(await isNarrow())
  t.equal(await ours.getByRole('button', { name: 'Setujui' }).count(), 0, 'not by oneself')

  const { page: theirs } = await sit(browser, hub, second, PLAIN)
  await theirs.goto('/break-glass')
  await theirs.locator('main ul.list li a').click()
  await theirs.getByRole('button', { name: 'Baca alasannya' }).click()
  await shows(theirs, 'Tidak sadar')
  await theirs.getByRole('button', { name: 'Setujui selama 24 jam' }).click()
  await shows(theirs, 'Terbuka sampai')

  await ours.reload()
  await ours.getByRole('button', { name: 'Buka' }).first().click()
  await shows(ours, 'Melur')

  const reviewer = await newPerson(hub, { agency: sender.id, roles: ['reviewer'] })
  const headers = { cookie: await signIn(hub, reviewer), 'accept-language': 'id' }
  await until(
    async () => {
      const trail = await (await fetch(`${addressOf(hub)}/audit`, { headers })).text()
      return trail.includes('Lihat akses darurat') && trail.includes('Nyawa terancam')
    },
    { what: 'the reviewer of the owner to see it among what is unusual' },
  )

  const { page: owning } = await sit(browser, hub, owner, { ...PLAIN, language: 'en' })
  await owning.goto('/break-glass?side=owner')
  await owning.locator('main ul.list li a').click()
  await shows(owning, 'This is not consent.')
  await owning.getByLabel('Not justified').check()
  await owning.getByLabel('Why you judge so').fill('Nobody was called')
  await owning.getByRole('button', { name: 'Judge it' }).click()
  await owning.locator('dl.facts').getByText('Not justified').waitFor()
  t.equal(await owning.getByRole('button', { name: 'Judge it' }).count(), 0, 'once')
  t.same(
    complaints.filter((each) => !each.includes('422')),
    [],
  )
})

/** Follows a link or presses a button by its name, with the keyboard. */
const press = async (page: Page, role: 'link' | 'button', name: string): Promise<void> => {
  const target = page.locator('main').getByRole(role, { name, exact: true }).first()
  await target.focus()
  await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')])
}

/** Fills in what its label names, and nothing else. */
const fill = async (page: Page, fields: Readonly<Record<string, string>>): Promise<void> => {
  for (const [label, text] of Object.entries(fields)) await page.getByLabel(label).fill(text)
}

/** What axe finds wrong, and whether anything is wider than the screen. */
const faultsOf = async (page: Page): Promise<unknown[]> => {
  await page.evaluate(axe.source)
  return await page.evaluate(async () => {
    const { violations } = await (window as unknown as { axe: typeof axe }).axe.run()
    const faults: unknown[] = violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])
    const { scrollWidth } = document.documentElement
    return scrollWidth > innerWidth ? [...faults, `${scrollWidth} px wide`] : faults
  })
}

t.test('an agency comes in, its supervisor signs in, its key is agreed to by two', async (t) => {
  const keeper = () => newPerson(hub, { agency: null, roles: ['hub_administrator'] })
  const chief = await keeper()
  const { page: first, complaints } = await sit(browser, hub, chief)
  const { page: second } = await sit(browser, hub, await keeper(), PLAIN)
  const faults: unknown[] = []
  const look = async (): Promise<void> => {
    const found = await faultsOf(first)
    if (found.length > 0) faults.push([new URL(first.url()).pathname, found])
  }
  await first.goto('/more')
  await press(first, 'link', 'Lembaga')
  await look()
  await press(first, 'link', 'Tambah lembaga')
  await press(first, 'button', 'Tambah lembaga')
  await look()
  const missing = await first.getByRole('alert').textContent()
  t.match(
    missing,
    'Nama dalam bahasa Indonesia: Ini belum diisi.',
    'what is missing is said by its name',
  )
  await fill(first, {
    'Nama dalam bahasa Indonesia': 'Rumah Contoh Kenanga',
    'Nama dalam bahasa Inggris': 'Example House Kenanga',
  })
  await first.getByLabel('Jenis lembaga').selectOption('ngo')
  await first.getByLabel('Wilayah kantor').selectOption('99')
  await press(first, 'button', 'Tambah lembaga')
  await shows(first, 'Langkah menerima lembaga')
  await look()
  const agencyPath = new URL(first.url()).pathname
  await press(first, 'link', 'Usulkan sekarang')
  await fill(first, { 'Nama penyelia pertama': 'Penyelia Contoh' })
  await look()
  await press(first, 'button', 'Usulkan')
  await shows(first, '1 dari 2 setuju')
  await look()
  t.equal(await first.getByRole('button', { name: 'Setujui' }).count(), 0, 'not alone')

  await second.goto('/proposals')
  await second.locator('main ul.list a').click()
  await second.getByRole('button', { name: 'Setujui' }).click()
  await shows(second, 'Dijalankan')
  await second.getByRole('link', { name: 'Undang orang ini' }).click()
  await second.getByRole('button', { name: 'Buat tautan undangan' }).click()
  const link = (await second.locator('main .whole').textContent()) ?? ''

  const { page: theirs } = await sit(browser, hub, null, PLAIN)
  await theirs.goto(new URL(link).pathname)
  await shows(theirs, 'belum berlaku')
  await asAdmin(
    hub,
    (sql) => sql`update identity.person set enrols_from = enrols_from - interval '24 hours'
      where display_name = 'Penyelia Contoh'`,
  )
  await theirs.reload()
  const spelled = (await theirs.locator('main code').first().textContent()) ?? ''
  const secret = fromBase32(spelled.replaceAll(' ', ''))
  await theirs.locator('#password').fill(PASSWORD)
  await theirs.locator('#one-time').fill(codeOfStep(secret, stepNow() - 1))
  await theirs.locator('main form button').click()
  const login = (await theirs.locator('main strong').first().textContent()) ?? ''
  await theirs.goto('/sign-in?return_to=/more')
  await theirs.locator('input[name=login]').fill(login)
  await theirs.locator('input[name=password]').fill(PASSWORD)
  await theirs.locator('input[name=code]').fill(codeOfStep(secret, stepNow()))
  await theirs.locator('form:has(input[name=login]) button').click()
  await shows(theirs, 'Rumah Contoh Kenanga')

  await theirs.getByRole('link', { name: 'Kunci lembaga' }).click()
  await theirs.getByRole('link', { name: 'Usulkan kunci lembaga' }).click()
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const privateJwk = privateKey.export({ format: 'jwk' }) as JWK
  const { d: _d, ...jwk } = privateJwk
  const kid = await calculateJwkThumbprint(jwk)
  await fill(theirs, { 'Kunci publik': JSON.stringify(privateJwk), 'Bukti (JWS)': 'x' })
  await theirs.getByRole('button', { name: 'Usulkan', exact: true }).click()
  await shows(theirs, 'Ini kunci rahasia')
  t.notOk((await theirs.content()).includes(privateJwk.d ?? ''), 'and it is not given back')
  const [iss, aud, challenge] = await theirs.locator('main dd .whole').allTextContents()
  const iat = Math.floor(Date.now() / 1000)
  const head = { alg: 'ES256', typ: 'agency-key-proof+jwt', kid }
  const proof = forge(head, { iss, aud, challenge, iat }, { privateJwk })
  await fill(theirs, { 'Kunci publik': JSON.stringify(jwk), 'Bukti (JWS)': proof })
  await theirs.getByRole('button', { name: 'Usulkan', exact: true }).click()
  const fingerprint = (await theirs.locator('.aloud').textContent()) ?? ''
  t.match(fingerprint, /^([A-Z2-7]{4} ){7}[A-Z2-7]{4}$/)
  const proposal = new URL(theirs.url()).pathname

  await first.goto(proposal)
  t.notOk((await first.content()).includes(fingerprint.slice(0, 9)), 'it is heard, not read')
  await look()
  const heard = first.getByLabel('Sidik yang dibacakan')
  await heard.fill('AAAA')
  await press(first, 'button', 'Setujui')
  await shows(first, 'Telepon lembaga itu')
  await asAdmin(
    hub,
    (sql) => sql`update identity.session set authenticated_at = now() - interval '6 minutes'
      where person = ${chief.id}`,
  )
  await heard.fill(fingerprint.toLowerCase())
  await press(first, 'button', 'Setujui')
  await shows(first, 'Masuk lagi dahulu')
  t.equal((await heard.inputValue()).trim(), fingerprint.toLowerCase(), 'what was written is kept')
  await asAdmin(
    hub,
    (sql) => sql`update identity.session set authenticated_at = now() where person = ${chief.id}`,
  )
  await press(first, 'button', 'Setujui')
  await shows(first, '1 dari 2 setuju')
  await second.goto(proposal)
  await second.getByLabel('Sidik yang dibacakan').fill(fingerprint)
  await second.getByRole('button', { name: 'Setujui' }).click()
  await shows(second, 'Dijalankan')
  for (const path of ['/keys', '']) {
    await first.goto(`${agencyPath}${path}`)
    await shows(first, path === '' ? 'Penyelia punya akun' : 'Disetujui, berlaku besok')
    await look()
  }
  await theirs.goto(`${agencyPath}/keys`)
  await theirs.getByRole('link', { name: 'Akhiri kunci ini' }).click()
  await theirs.getByLabel('Dicabut: mungkin di tangan yang salah').check()
  for (const [part, text] of [
    ['Tanggal', '1'],
    ['Bulan', '2'],
    ['Tahun', '2026'],
  ] as const) {
    await theirs.getByLabel(part, { exact: true }).fill(text)
  }
  await theirs.getByRole('button', { name: 'Akhiri kunci' }).click()
  await shows(theirs, 'Dicabut')
  await shows(theirs, '1 Feb 2026')

  await theirs.goto('/people/new')
  await fill(theirs, { Nama: 'Pekerja Contoh' })
  await theirs.getByLabel('pekerja kasus').check()
  await theirs.getByRole('button', { name: 'Tambah orang' }).click()
  await theirs.getByRole('button', { name: 'Buat tautan undangan' }).click()
  await shows(theirs, 'Tautan undangan siap')
  await theirs.getByRole('button', { name: 'Hentikan akses orang ini' }).click()
  await shows(theirs, 'Aksesnya berakhir.')
  await theirs.getByRole('button', { name: 'Aktifkan orang ini' }).click()
  await shows(theirs, 'Orang ini aktif lagi.')
  for (const path of ['/people', '/programs', '/proposals?all=true', '/account']) {
    await first.goto(path)
    await look()
  }
  await press(first, 'button', 'Akhiri semua sesi saya')
  await first.goto('/people')
  t.equal(new URL(first.url()).pathname, '/', 'signed out everywhere')
  t.same(faults, [])
  t.same(
    complaints.filter((each) => !each.includes('422')),
    [],
  )
})
