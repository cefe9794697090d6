// Goal: two agencies hand over with pages alone: live with scripts, and whole without them.
// Method: Chromium, one context a person, on a hub of the test's own.
import t from 'tap'
import { sit } from '../helpers/browser.ts'
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
