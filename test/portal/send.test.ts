// Goal: a whole hand-off of a new case through pages alone, live: opened, written, consented to, sent
// after a preview, accepted, withdrawn, stopped; and neither side ever reloads a page.
// Method: Chromium, a context for each agency, on a hub of the test's own.
import t from 'tap'
import { sit } from '../helpers/browser.ts'
import { fits } from '../helpers/fit.ts'
import { newPerson } from '../helpers/identity.ts'
import type { Page } from 'playwright-core'
import { createPortalScene, shows } from '../helpers/portal-scene.ts'
import { until } from '../helpers/until.ts'

const at = (page: Page, path: string): Promise<void> => page.waitForURL(`**${path}`)

const scene = await createPortalScene(t)
const { browser, hub, network } = scene
const receiver = await newPerson(hub, { agency: network.recipient.id, roles: ['case_worker'] })
const sender = await newPerson(hub, { agency: network.sender.id, roles: ['case_worker'] })

t.test('from a new case to an order to stop, live, without a reload', async (t) => {
  const { page: ours, complaints } = await sit(browser, hub, sender)
  const { page: theirs } = await sit(browser, hub, receiver)
  await theirs.goto('/inbox')
  await theirs.locator('[data-state="on"]').waitFor()

  await ours.goto('/cases')
  await shows(ours, 'Belum ada kasus')
  await ours.getByRole('link', { name: 'Kasus baru' }).click()
  await ours.getByLabel('25–39 tahun').check()
  await ours.getByRole('button', { name: 'Buka kasus' }).click()
  await ours.getByRole('link', { name: 'Tulis data' }).click()
  await ours.getByRole('link', { name: 'Identitas' }).click()
  await ours.getByLabel('Isi').fill('nama panggilan: Melur')
  await ours.getByRole('button', { name: 'Simpan' }).click()
  await ours.getByRole('link', { name: 'Tulis data' }).click()
  await ours.getByRole('link', { name: 'Keselamatan' }).click()
  await ours.getByLabel('Isi').fill('kata sandi: kunang-kunang')
  await ours.getByRole('button', { name: 'Simpan' }).click()
  await ours.getByRole('button', { name: 'Kirim rujukan' }).click()

  await at(ours, '/send/need')
  await ours.getByLabel(/^Biasa/).check()
  await ours.getByLabel('Rumah aman', { exact: true }).check()
  await ours.getByRole('button', { name: 'Lanjut' }).click()
  await at(ours, '/send/service')
  await ours
    .getByRole('button', { name: /^Rujuk ke sini/ })
    .first()
    .click()
  await at(ours, '/send/consent')
  await shows(ours, 'Bacakan kepada penyintas')
  const ticked = await ours.locator('input[type=checkbox]:checked').count()
  t.equal(ticked, 0, 'every toggle begins off')
  await ours.getByLabel(/^Identitas/).check()
  await ours.getByLabel('Tertulis').check()
  await ours.getByRole('button', { name: 'Lanjut' }).click()
  await shows(ours, 'Layanan ini memerlukan: Keselamatan.')
  await ours.getByLabel(/^Keselamatan/).check()
  await ours.getByLabel('Tertulis').check()
  await ours.getByRole('button', { name: 'Lanjut' }).click()
  await at(ours, '/send/check')
  await shows(ours, 'Rujukan belum terkirim sampai Anda menekan Kirim rujukan.')
  const atOnce = await ours.locator('.box.now li').allTextContents()
  t.match(await ours.locator('.box.after').textContent(), 'Identitas')
  t.notMatch(await ours.textContent('main'), 'Melur')
  t.equal(await theirs.locator('[data-id]').count(), 0, 'a preview sends nothing')

  await ours.getByRole('button', { name: 'Kirim rujukan' }).click()
  await shows(ours, 'Rujukan terkirim')
  const card = theirs.locator('[data-id]')
  await card.waitFor()
  await card.locator('.button.main').click()
  await theirs.getByRole('button', { name: 'Ya, terima' }).click()
  await shows(theirs, 'Rujukan diterima')
  const facts = (await theirs.locator('dl.facts').first().textContent()) ?? ''
  for (const line of atOnce.slice(0, 2)) t.match(facts, line.split(': ')[1], 'as it was previewed')
  await ours.locator('.card-top').getByText('Diterima').waitFor()

  const caseLink = ours.getByRole('link', { name: 'Buka kasusnya' })
  await caseLink.click()
  await ours.getByRole('link', { name: 'Berhenti berbagi' }).click()
  await ours.getByLabel('Semua lembaga').check()
  await ours.getByRole('button', { name: 'Berhenti berbagi' }).click()
  await shows(ours, /0 dari 1 lembaga/)
  await theirs.locator('.card-top').getByText('Persetujuan dicabut').waitFor()

  const { page: stopping } = await sit(browser, hub, receiver)
  await stopping.goto('/stop-orders')
  await stopping.locator('main li a').click()
  await stopping.getByLabel('Dihapus').check()
  await stopping.getByRole('button', { name: 'Jawab' }).click()
  await shows(stopping, 'Sudah dijawab')
  await shows(ours, /1 dari 1 lembaga/)
  t.same(
    complaints.filter((each) => !each.includes('422')),
    [],
    'no script, style or policy complained',
  )
})

t.test('what nobody took is a gap, one click from who can take it', async (t) => {
  const { id, case: caseId } = await scene.sent()
  const { recipient, other } = network
  const [ours, theirs] = [await scene.as(network.sender.worker), await scene.as(recipient.worker)]
  const needed = { state: 'needed' }
  for (const stage of ['psychosocial', 'legal']) {
    t.equal((await ours('PUT', `/v1/cases/${caseId}/stages/${stage}`, needed)).status, 200)
  }
  t.equal((await ours('PUT', `/v1/cases/${caseId}/stages/shelter`, needed)).status, 409)
  await theirs('POST', `/v1/referrals/${id}/acknowledge`, { version: 1 })
  const reason = { version: 2, reason: 'no_capacity' }
  t.equal((await theirs('POST', `/v1/referrals/${id}/decline`, reason)).status, 200)
  const isBack = async () =>
    (await ours('GET', `/v1/cases/${caseId}/pathway`)).body.gaps.length === 1
  await until(isBack, { what: 'the gap that the refusal leaves' })
  const blocked = await ours('PUT', `/v1/cases/${caseId}/do-not-send/${other.id}`)
  t.equal(blocked.status, 200)

  const { page, complaints } = await sit(browser, hub, sender)
  await page.goto('/cases/gaps')
  await page.locator('.card .code').first().click()
  await shows(page, 'Semua rujukan untuk tahap rumah aman berakhir')
  await fits(t, page)
  await page.locator('.card').getByRole('button', { name: 'Cari layanan' }).click()
  await at(page, '/send/service')
  await shows(page, 'Jawaban selama ini')
  t.match(await page.textContent('.reasons'), /Tidak disebut: petugas perempuan/)
  await fits(t, page)
  t.notMatch(page.url(), caseId)
  await page.getByRole('button', { name: /^Rujuk ke sini/ }).click()
  await at(page, '/send/need')
  await page.getByLabel(/^Biasa/).check()
  await page.getByRole('button', { name: 'Lanjut' }).click()
  await at(page, '/send/consent')

  await page.goto(`/cases/${caseId}`)
  await page.getByRole('button', { name: 'Cari layanan Bantuan hukum' }).click()
  await shows(page, 'Tidak ada layanan yang cocok')
  t.notMatch(await page.content(), 'Test Other', 'who must not be asked is not named')
  await page.goto(`/cases/${caseId}`)
  await page.getByRole('button', { name: 'Ajukan lagi' }).click()
  await at(page, '/send/consent')
  await page.goto(`/cases/${caseId}`)
  await page.getByRole('link', { name: 'Catat penolakan penyintas' }).click()
  await page.getByRole('button', { name: 'Simpan' }).click()
  await shows(page, 'Tercatat.')
  await shows(page, 'Tanyakan lagi')
  t.equal(await page.locator('.card .pill.late').count(), 0, 'the gap closed itself')
  for (const path of ['record/assessments', 'entries', 'returns/repatriation']) {
    await page.goto(`/cases/${caseId}/${path}`)
    await fits(t, page)
  }
  t.same(complaints, [], 'no script, style or policy complained')
})

t.test('without scripts: everything that people record of a pathway', async (t) => {
  const caseId = await scene.openCase()
  const { page } = await sit(browser, hub, sender, { scripts: false })
  const record = async (path: string, fill: () => Promise<void>): Promise<void> => {
    await page.goto(`/cases/${caseId}/record/${path}`)
    await fill()
    await page.getByRole('button', { name: 'Simpan' }).click()
    await shows(page, 'Tercatat.')
  }
  await record('assessments', async () => {
    await page.getByLabel('Wawancara').check()
    await page.getByText('Pengalaman eksploitasi').click()
    await page.getByLabel('Penahanan dokumen').check()
    await page.getByLabel('Upah tidak dibayar').check()
    await page.getByText('Tahap yang dinilai').click()
    await page.getByLabel('Bantuan hukum').selectOption('needed')
  })
  await record('goals', async () => {
    await page.getByLabel('Tujuan, dengan').fill('Melur mau bekerja lagi')
    await page.getByLabel('Tanggal').fill('31')
    await page.getByLabel('Bulan').fill('12')
    await page.getByLabel('Tahun').fill('2031')
  })
  await record('conferences', async () => {
    await page.getByLabel('Test Recipient').check()
    await page.getByLabel('Catatan rapat').fill('Melur ikut memutuskan')
  })
  await record('safety-plans', async () => {
    await page.getByLabel('Tempat aman').fill('rumah bibi')
    await page.getByLabel('Tanggal').fill('31')
    await page.getByLabel('Bulan').fill('12')
    await page.getByLabel('Tahun').fill('2031')
  })
  await record('contact-attempts', async () => {
    await page.getByLabel('Telepon').check()
    await page.getByLabel('Tidak dijawab').check()
  })
  await record('visits', () => page.getByLabel('Perlu dukungan').check())
  await shows(page, 'Test Sender, sampai 31 Desember 2031')
  t.notMatch(await page.content(), /Melur|bibi/, 'what was written is sealed')

  await page.getByRole('link', { name: 'Semua catatan pendampingan' }).click()
  await page.getByRole('link', { name: 'Buka: Pengalaman eksploitasi' }).click()
  await page.getByRole('button', { name: 'Buka isi' }).click()
  await shows(page, 'x-WagesUnpaid')

  await page.goto(`/cases/${caseId}`)
  await page.locator('a[href*="/goals/"]').click()
  await page.getByLabel('Tercapai').check()
  await page.getByRole('button', { name: 'Simpan' }).click()
  await shows(page, 'Belum ada tujuan')

  await page.locator('a[href$="/returns/repatriation"]').click()
  await page.getByLabel('Menginginkannya', { exact: true }).check()
  await page.getByLabel('Rendah').check()
  await page.getByRole('button', { name: 'Simpan' }).click()
  await shows(page, 'Dapat dirujuk')

  await page.getByRole('button', { name: 'Ambil tanggung jawab' }).click()
  await shows(page, 'Anda penanggung jawab kasus ini.')
  await page.getByRole('link', { name: 'Ubah keterangan kasus' }).click()
  await page.getByLabel('juru bahasa').check()
  await page.getByRole('button', { name: 'Simpan' }).click()
  await shows(page, /juru bahasa, petugas perempuan/)
  await page.getByRole('link', { name: 'Jangan kirim ke' }).click()
  await page.getByLabel('Lembaga').selectOption({ label: 'Test Other' })
  await page.getByRole('button', { name: 'Jangan kirim ke lembaga ini' }).click()
  await shows(page, 'Boleh lagi')
  await page.goto(`/cases/${caseId}/status`)
  await page.getByLabel('Tujuan tercapai').check()
  await page.getByRole('button', { name: 'Tutup kasus' }).click()
  await shows(page, 'Belum selesai: Bantuan hukum.')
  await page.getByLabel('Pindah tempat').check()
  await page.getByRole('button', { name: 'Tutup kasus' }).click()
  await shows(page, /Kasus ditutup .* Pindah tempat/)
  await shows(page, '90 hari')
})
