// Goal: a reviewer finds who opened what, checks the trail in the page without trusting the hub, and
// a bundle that was changed on its way is shown as such. Method: Chromium over a real hand-off.
import t from 'tap'
import { sit } from '../helpers/browser.ts'
import { addressOf, newPerson, signIn } from '../helpers/identity.ts'
import { createPortalScene, shows } from '../helpers/portal-scene.ts'
import { until } from '../helpers/until.ts'

const scene = await createPortalScene(t)
const { browser, hub, network, admin } = scene
const { sender, recipient } = network
const base = addressOf(hub)
const reviewer = await newPerson(hub, { agency: sender.id, roles: ['reviewer'] })
const theirs = await newPerson(hub, { agency: recipient.id, roles: ['reviewer'] })
const worker = await newPerson(hub, { agency: recipient.id, roles: ['case_worker'] })
const owner = await newPerson(hub, { agency: sender.id, roles: ['case_worker'] })
const placed = () =>
  until(async () => (await admin`select 1 from journal.entry limit 1`).length === 0, {
    what: 'the journal to be placed',
  })
const calls = { worker: await signIn(hub, worker), reviewer: await signIn(hub, theirs) }
const send = async (
  who: keyof typeof calls,
  method: 'POST' | 'PUT',
  path: string,
  body: object,
): Promise<number> => {
  const response = await fetch(`${base}${path}`, {
    method,
    headers: {
      cookie: calls[who],
      origin: base,
      'content-type': 'application/json',
      'idempotency-key': crypto.randomUUID(),
    },
    body: JSON.stringify(body),
  })
  return response.status
}
const referral = await scene.sent()
const path = `/v1/referrals/${referral.id}`

t.test('that nobody has opened a case is said positively', async (t) => {
  await placed()
  const { page } = await sit(browser, hub, reviewer, { scripts: false })
  await page.goto(`/audit/cases/${referral.case}`)
  await shows(page, 'Belum pernah dibuka siapa pun.')
  // eye: nobody
  t.equal((await page.title()).includes(referral.case), false)
})

t.test(
  'who opened what, when, why, under which consent; filtered; and what I opened',
  async (t) => {
    t.equal(await send('worker', 'POST', `${path}/acknowledge`, { version: 1 }), 200)
    t.equal(await send('worker', 'POST', `${path}/accept`, { version: 2 }), 200)
    t.equal(await send('worker', 'POST', `${path}/package/identity/open`, {}), 200)
    await placed()
    const { page, complaints } = await sit(browser, hub, reviewer)
    await page.goto(`/audit/cases/${referral.case}`)
    const main = (await page.textContent('main')) ?? ''
    t.match(main, /Membuka Identitas/)
    t.match(
      main,
      /Seseorang di .*Untuk Rumah aman.*Dasar: Persetujuan penyintas.*Izin .*Rujukan RJ-/,
    )
    // eye: openings
    await page.getByRole('link', { name: 'Semua catatan kasus ini' }).click()
    await page.getByRole('heading', { name: 'Mengirim rujukan' }).waitFor()
    await page.getByLabel('Tindakan').selectOption('referrals.package.opened.v1')
    await page.getByRole('button', { name: 'Tampilkan' }).click()
    await page.locator('li.card[data-n]').first().waitFor()
    t.equal(await page.locator('li.card[data-n]').count(), 1)
    // eye: entries
    await page.getByLabel('Hasil').selectOption('failed')
    await page.getByRole('button', { name: 'Tampilkan' }).click()
    await shows(page, 'Tidak ada catatan untuk saringan ini.')
    await page.locator('#from').fill('31')
    await page.locator('#from-month').fill('2')
    await page.locator('#from-year').fill('2026')
    await page.getByRole('button', { name: 'Tampilkan' }).click()
    await shows(page, 'Tanggal ini tidak ada.')
    // eye: wrong-day
    t.same(
      complaints.filter((text) => !text.includes('422')),
      [],
    )
    const { page: own } = await sit(browser, hub, worker, { scripts: false })
    await own.goto('/more')
    await own.getByRole('link', { name: 'Yang saya buka' }).click()
    await shows(own, 'Membuka Identitas')
    t.match(await own.textContent('main'), /Anda · Untuk Rumah aman/)
    // eye-own: mine
    await own.goto('/audit')
    await own.getByRole('heading', { name: 'Tidak diizinkan' }).waitFor()
  },
)

t.test('unusual access first; asked, answered, reviewed, without scripts', async (t) => {
  for (let i = 0; i < 3; i += 1) {
    t.ok((await send('worker', 'POST', `${path}/package/narrative/open`, {})) >= 400)
  }
  await placed()
  const { page } = await sit(browser, hub, theirs, { scripts: false })
  await page.goto('/audit')
  await shows(page, 'Satu orang berulang kali ditolak dalam sehari')
  // eye: unusual
  const before = await page.locator('li.card[data-n]').count()
  await page
    .getByRole('button', { name: /^Minta alasan/ })
    .first()
    .click()
  await shows(page, 'orang ini diminta memberi alasan')
  const { page: asked } = await sit(browser, hub, worker, { scripts: false })
  await asked.goto('/audit/questions')
  await asked.getByRole('button', { name: 'Kirim jawaban' }).click()
  await shows(asked, 'Ada yang perlu diperbaiki')
  await asked.getByLabel('Untuk apa Anda membukanya?').fill('Dia minta ditemani ke dokter.')
  // eye-asked: question
  await asked.getByRole('button', { name: 'Kirim jawaban' }).click()
  await shows(asked, 'Jawaban Anda terkirim.')
  await page.goto('/audit/questions')
  await shows(page, 'Dia minta ditemani ke dokter.')
  await page.goto('/audit')
  await page
    .getByRole('button', { name: /^Wajar/ })
    .first()
    .click()
  await shows(page, 'Tercatat: sudah ditinjau.')
  t.equal(await page.locator('li.card[data-n]').count(), before - 1)
})

t.test('the trail is checked in the page, and a change on the way shows', async (t) => {
  const { page, complaints } = await sit(browser, hub, theirs)
  await page.goto('/audit/proof')
  await shows(page, 'Belum diperiksa.')
  const run = page.getByRole('button', { name: 'Unduh dan periksa' })
  await run.click()
  await shows(page, 'Utuh. Semua catatan cocok.')
  t.match(await page.textContent('[data-report="id"]'), /CATATAN INI UTUH[\s\S]*tanpa celah/)
  t.match(await page.textContent('[data-report="en"]'), /THIS TRAIL HOLDS/)
  // eye: proof
  let change: (text: string) => string = (text) => text
  await page.route('**/v1/audit/bundle*', async (route) => {
    const response = await route.fetch()
    await route.fulfill({ response, body: change(await response.text()) })
  })
  const changes = {
    'a leaf says something else': (text: string) =>
      text.replace('\\"res\\":\\"ok\\"', '\\"res\\":\\"no\\"'),
    'an entry is left out': (text: string) => {
      const bundle = JSON.parse(text) as { entries: object[] }
      bundle.entries.splice(1, 1)
      return JSON.stringify(bundle)
    },
    'it ends early': (text: string) => text.slice(0, -40),
  }
  for (const [name, made] of Object.entries(changes)) {
    change = made
    await page.reload()
    await run.click()
    await shows(page, 'Tidak cocok. Jangan percaya salinan ini.')
    t.notMatch(await page.textContent('[data-part] [role="status"]'), 'Utuh', name)
  }
  // eye: tampered
  change = (text) => text
  await page.reload()
  await page.getByLabel('Kebijakan lembaga Anda').fill('quorum nobody')
  await run.click()
  await shows(page, 'Kebijakan ini tidak bisa dipakai')
  t.same(complaints, [], 'no script, style or policy complained')
  const { page: english } = await sit(browser, hub, theirs, { language: 'en', width: 1280 })
  await english.goto(`/audit/proof`)
  await english.getByLabel('From number').fill('1')
  await english.getByLabel('To number').fill('2')
  await english.getByRole('button', { name: 'Download and check' }).click()
  await shows(english, 'Intact. All records match.')
  t.match(await english.textContent('[data-report="en"]'), 'numbers 1 to 2')
  // eye-english: proof-en
})

t.test('a trail is taken along by who proved a moment ago who they are', async (t) => {
  const url = `${base}/audit/proof/bundle?case=${referral.case}`
  const take = () => fetch(url, { headers: { cookie: calls.reviewer }, redirect: 'manual' })
  const taken = await take()
  t.equal(taken.status, 200)
  t.match(taken.headers.get('content-disposition'), 'attachment')
  t.match(await taken.json(), { entries: [] })
  await admin`update identity.session set authenticated_at = now() - interval '6 minutes'
    where person = ${theirs.id}`
  const refused = await take()
  t.equal(refused.status, 303)
  const again = new URL(refused.headers.get('location') ?? '', base)
  t.equal(again.pathname, '/sign-in/again')
  t.equal(again.searchParams.get('return_to'), `/audit/proof/bundle?case=${referral.case}`)
})

t.test("the survivor's report names holders and no survivor, and is offered alone", async (t) => {
  const { page } = await sit(browser, hub, owner, { scripts: false })
  await page.goto(`/cases/${referral.case}/report`)
  const main = (await page.textContent('main')) ?? ''
  t.match(main, 'Tawarkan laporan ini.')
  t.match(main, /Test Recipient.*Identitas, Keselamatan.*1 kali, terakhir/)
  t.notMatch(main, referral.case)
  t.equal(await page.title(), 'Tanda terima – Titian')
  t.equal(await page.locator('main form').count(), 0, 'nothing here sends anything')
  // eye: report
  await page.emulateMedia({ media: 'print' })
  t.equal(await page.getByText('Tawarkan laporan ini.').isVisible(), false)
  t.equal(await page.locator('.menu').isVisible(), false)
  // eye: report-print
})

t.test('oversight sees every entry and of none what it says', async (t) => {
  const overseer = await newPerson(hub, { agency: null, roles: ['oversight_reviewer'] })
  const { page } = await sit(browser, hub, overseer, { scripts: false, width: 1280 })
  await page.goto('/audit')
  await shows(page, 'Isi tidak terlihat oleh pengawas')
  t.equal(new URL(page.url()).pathname, '/audit/entries')
  t.equal(await page.getByLabel('Kasus', { exact: true }).count(), 0)
  // eye: oversight
  await page.goto('/audit/proof')
  await shows(page, 'Belum ada lembaga yang menjadi saksi.')
})
