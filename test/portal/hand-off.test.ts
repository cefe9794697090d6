// Goal: two agencies hand over with pages alone: live with scripts, and whole without them.
// Method: Chromium, one context a person, on a hub of the test's own.
import { readFile } from 'node:fs/promises'
import t from 'tap'
import { sit } from '../helpers/browser.ts'
import { fits } from '../helpers/fit.ts'
import { newPerson } from '../helpers/identity.ts'
import { createPortalScene, shows } from '../helpers/portal-scene.ts'
import { SECRET_TEXTS } from '../helpers/referral-scene.ts'

const scene = await createPortalScene(t)
const { browser, hub, network } = scene
const receiver = await newPerson(hub, { agency: network.recipient.id, roles: ['case_worker'] })
const sender = await newPerson(hub, { agency: network.sender.id, roles: ['case_worker'] })

t.test('a referral appears without a reload and is accepted in two taps', async (t) => {
  const { page, complaints } = await sit(browser, hub, receiver)
  await page.goto('/inbox')
  t.match(await page.textContent('main'), 'Belum ada rujukan baru.')
  await page.locator('[data-state="on"]').waitFor()
  const { id } = await scene.sent({ urgency: 'urgent' })
  await page.locator(`[data-id="${id}"]`).waitFor()
  t.equal(await page.title(), 'Rujukan masuk – Titian')
  await page.locator(`[data-id="${id}"] .button.main`).click()
  await page.getByRole('button', { name: 'Ya, terima' }).click()
  await shows(page, 'Rujukan diterima')
  t.match(await page.textContent('main'), 'Giliran Anda: temui penyintas')
  t.same(complaints, [], 'no script, style or policy complained')

  const { page: theirs } = await sit(browser, hub, sender)
  await theirs.goto(`/referrals/${id}`)
  await theirs.getByRole('link', { name: 'Lihat kode kedatangan' }).click()
  const code = (await theirs.textContent('.big-code')) ?? ''
  await page.getByRole('link', { name: 'Masukkan kode kedatangan' }).click()
  await page.getByLabel('Kode kedatangan').fill(code)
  await page.getByRole('button', { name: 'Catat kedatangan' }).click()
  await shows(page, 'Kedatangan tercatat')
})

t.test('without scripts: accept, ask, answer, decline and open', async (t) => {
  const [first, second] = [await scene.sent(), await scene.sent()]
  const { page } = await sit(browser, hub, receiver, { scripts: false })
  const { page: theirs } = await sit(browser, hub, sender, { scripts: false })
  await page.goto('/inbox')
  await page
    .locator(`[data-id="${first.id}"]`)
    .getByRole('link', { name: /^Tanya/ })
    .click()
  await page.getByLabel('Apakah ada anak yang ikut').check()
  await page.getByRole('button', { name: 'Kirim pertanyaan' }).click()
  await shows(page, 'Jam berhenti')

  await theirs.goto(`/referrals/${first.id}`)
  t.match(await theirs.textContent('main'), 'Apakah ada anak yang ikut')
  await theirs.getByRole('link', { name: 'Jawab pertanyaan' }).click()
  await theirs.getByLabel('Apakah ada anak yang ikut').selectOption('no')
  await theirs.getByRole('button', { name: 'Kirim jawaban' }).click()
  await shows(theirs, 'Jawaban terkirim')

  await page.goto(`/referrals/${first.id}/accept`)
  await page.getByRole('button', { name: 'Ya, terima' }).click()
  await shows(page, 'Rujukan diterima')
  await page.getByRole('link', { name: 'Buka isi Identitas' }).click()
  await shows(page, 'Membuka isi akan tercatat')
  t.notMatch(await page.textContent('main'), 'Melur')
  await page.getByRole('button', { name: 'Buka isi' }).click()
  await shows(page, 'Melur')

  await page.goto(`/referrals/${second.id}/decline`)
  await page.getByRole('button', { name: 'Tolak rujukan' }).click()
  await shows(page, 'Ada yang perlu diperbaiki')
  await page.getByLabel('Tidak ada tempat').check()
  await page.getByRole('button', { name: 'Tolak rujukan' }).click()
  await shows(page, 'Rujukan ditolak')
})

t.test('whoever comes second is told who was first, and nothing is lost', async (t) => {
  const { id } = await scene.sent()
  const [one, two] = [await sit(browser, hub, receiver), await sit(browser, hub, receiver)]
  await one.page.goto(`/referrals/${id}/accept`)
  await two.page.goto(`/referrals/${id}/decline`)
  await one.page.getByRole('button', { name: 'Ya, terima' }).click()
  await shows(one.page, 'Rujukan diterima')
  await two.page.getByLabel('Tidak ada tempat').check()
  await two.page.getByRole('button', { name: 'Tolak rujukan' }).click()
  await shows(two.page, 'Keadaannya sudah lain')
  t.match(await two.page.textContent('main'), /Diterima.*Tidak ada yang hilang/)
})

t.test('an envelope shows nothing that the package holds', async (t) => {
  const { id } = await scene.sent()
  const { page } = await sit(browser, hub, receiver)
  for (const path of ['/inbox', `/referrals/${id}`, `/referrals/${id}/accept`]) {
    await page.goto(path)
    const html = await page.content()
    for (const secret of SECRET_TEXTS) t.notMatch(html, secret, `${path} without ${secret}`)
  }
})

t.test('a place is counted, seen with its age, and held while a referral is decided', async (t) => {
  const { recipient } = network
  const shelter = recipient.service('shelter')
  const looks = await newPerson(hub, { agency: recipient.id, roles: ['supervisor'] })
  const { page: theirs } = await sit(browser, hub, looks)
  await theirs.goto('/capacity/new')
  await theirs.getByLabel('Layanan').selectOption(shelter)
  await theirs.getByLabel('Yang dihitung').selectOption('bed')
  await theirs.getByRole('button', { name: 'Lanjut' }).click()
  await theirs.getByLabel('Paling banyak').fill('4')
  await theirs.getByLabel('Kosong sekarang').fill('9')
  await theirs.getByRole('button', { name: 'Simpan' }).click()
  await shows(theirs, 'Ada yang perlu diperbaiki')
  await theirs.getByLabel('Kosong sekarang').fill('2')
  await theirs.getByRole('button', { name: 'Simpan' }).click()
  await shows(theirs, '2 dari 4 tempat tidur kosong')
  await fits(t, theirs)

  const { id } = await scene.sent()
  const { page } = await sit(browser, hub, sender)
  await page.goto(`/referrals/${id}`)
  await page.getByRole('button', { name: 'Tahan satu tempat' }).click()
  await shows(page, 'Satu tempat ditahan untuk rujukan ini')
  await page.goto(`/directory/services/${shelter}`)
  await shows(page, '1 dari 4 tempat tidur kosong')
  await shows(page, 'Hitungan baru')
  await fits(t, page)
  await theirs.goto('/capacity')
  await shows(theirs, 'satu tempat tidur kami')
  await theirs.getByLabel('Kosong sekarang').fill('3')
  await theirs.getByRole('button', { name: /^Simpan hitungan/ }).click()
  await shows(theirs, '2 dari 4 tempat tidur kosong')
  await page.goto(`/referrals/${id}`)
  await page.getByRole('button', { name: 'Lepas tempat ini' }).click()
  await page.getByRole('button', { name: 'Tahan satu tempat' }).waitFor()

  await page.goto('/directory')
  await page.getByLabel('Untuk apa').selectOption('shelter')
  await page.getByRole('button', { name: 'Cari' }).click()
  await shows(page, '3 dari 4 tempat tidur kosong')
  t.equal(new URL(page.url()).search, '', 'what was asked stands in no address')
  await page.goto('/directory/agencies')
  await page.getByRole('link', { name: 'Test Recipient' }).click()
  await shows(page, 'Jam buka')
  await theirs.goto('/network')
  await shows(theirs, 'Jumlah di bawah 10 disembunyikan')
  await fits(t, theirs)
})

const CSV = [
  'prs_FirstName,prs_Gender,prs_Birthdate',
  'Cempaka,Feminine,1996-03-02',
  'Kenanga,Feminine,entah',
].join('\r\n')

t.test('a file of HTCDS is looked at row by row, lands, and leaves again as a file', async (t) => {
  const person = { agency: network.sender.id, roles: ['supervisor'] } as const
  const { page } = await sit(browser, hub, await newPerson(hub, person))
  await page.goto('/imports')
  await page.getByRole('button', { name: 'Lihat pratinjau' }).click()
  await shows(page, 'Pilih satu berkas.')
  const file = { name: 'kasus.csv', mimeType: 'text/csv', buffer: Buffer.from(CSV) }
  await page.setInputFiles('#file', file)
  await page.getByText('Berkas sudah dipilih').waitFor()
  await page.getByRole('button', { name: 'Lihat pratinjau' }).click()
  await shows(page, 'Baris 2')
  t.match(await page.textContent('main'), /C3/, 'the cell is named')
  t.notMatch(await page.content(), /Cempaka|entah/, 'what cells hold is not shown')
  await fits(t, page)
  await page.getByRole('button', { name: 'Jadikan 1 kasus' }).click()
  await shows(page, 'Semua baris yang cocok sudah menjadi kasus.')
  await page.getByRole('link', { name: 'Buka kasusnya' }).click()
  await page.getByRole('link', { name: 'Ekspor kasus ini' }).click()
  await page.getByRole('button', { name: 'Simpan berkas' }).click()
  await shows(page, 'Pilih sekurangnya satu kelompok.')
  await page.getByLabel('Identitas').check()
  await page.getByLabel('CSV').check()
  const download = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Simpan berkas' }).click()
  const saved = await download
  t.equal(saved.suggestedFilename(), 'htcds.csv')
  t.match(await readFile(await saved.path(), 'utf8'), /Cempaka/)
})
