// Goal: a whole hand-off of a new case through pages alone, live: opened, written, consented to, sent
// after a preview, accepted, withdrawn, stopped; and neither side ever reloads a page.
// Method: Chromium, a context for each agency, on a hub of the test's own.
import t from 'tap'
import { sit } from '../helpers/browser.ts'
import { newPerson } from '../helpers/identity.ts'
import type { Page } from 'playwright-core'
import { createPortalScene, shows } from '../helpers/portal-scene.ts'

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
