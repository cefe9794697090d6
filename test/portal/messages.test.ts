// Goal: two agencies write to each other with pages alone: live with scripts, and whole without them.
// Method: Chromium, one context a person, on a hub of the test's own.
import { once } from 'node:events'
import { connect } from 'node:net'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import type { Page } from 'playwright-core'
import { sit } from '../helpers/browser.ts'
import { newPerson } from '../helpers/identity.ts'
import { GPS, jpegOf, withGps } from '../helpers/jpeg.ts'
import { createPortalScene, shows } from '../helpers/portal-scene.ts'

const scene = await createPortalScene(t)
const { browser, hub, network } = scene
const receiver = await newPerson(hub, { agency: network.recipient.id, roles: ['case_worker'] })
const sender = await newPerson(hub, { agency: network.sender.id, roles: ['case_worker'] })
const supervisor = await newPerson(hub, { agency: network.sender.id, roles: ['supervisor'] })
const intake = await newPerson(hub, { agency: network.recipient.id, roles: ['intake_worker'] })
const theirs = await scene.as(network.recipient.worker)

const accepted = async (): Promise<string> => {
  const { id } = await scene.sent()
  await theirs('POST', `/v1/referrals/${id}/acknowledge`, { version: 1 })
  await theirs('POST', `/v1/referrals/${id}/accept`, { version: 2 })
  return id
}
const TEXT = 'Melur menunggu di ruang tamu.\nDatang pukul dua.'
const write = async (page: Page, text = TEXT): Promise<void> => {
  await page.getByLabel('Keselamatan').check()
  await page.getByLabel('Isi pesan').fill(text)
}
const folder = await mkdtemp(join(tmpdir(), 'titian-photos-'))
t.teardown(() => rm(folder, { recursive: true, force: true }))
const fileOf = async (name: string, content: Buffer): Promise<string> => {
  const path = join(folder, name)
  await writeFile(path, content)
  return path
}
const isReflowed = (page: Page): Promise<boolean> =>
  page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)

t.test('a message appears without a reload, is read, and its writer sees that', async (t) => {
  const id = await accepted()
  const { page: there, complaints } = await sit(browser, hub, receiver)
  await there.goto(`/referrals/${id}`)
  await there.getByRole('link', { name: 'Pesan' }).click()
  await shows(there, 'Belum ada pesan.')

  const { page: here, complaints: ours } = await sit(browser, hub, sender)
  await here.goto(`/referrals/${id}/messages`)
  await here.getByRole('link', { name: 'Tulis pesan' }).click()
  await here.getByLabel('Foto').setInputFiles(await fileOf('DSC_0001.jpg', withGps))
  await here.getByRole('button', { name: 'Kirim pesan' }).click()
  await shows(here, 'Pilih isi pesan ini tentang apa.')
  await shows(here, 'Fotonya tidak tersimpan di sini.')
  await write(here)
  await here.getByLabel('Foto').setInputFiles(await fileOf('DSC_0001.jpg', withGps))
  await here.getByRole('button', { name: 'Kirim pesan' }).click()
  await shows(here, 'Pesan terkirim')
  await shows(here, 'Belum dibaca')

  await shows(there, 'Belum Anda baca')
  t.notMatch(await there.content(), 'Melur', 'the list holds no words')
  t.notMatch(there.url() + (await there.title()), 'Melur')
  await there.getByRole('button', { name: 'Baca pesan' }).click()
  await shows(there, 'Melur menunggu di ruang tamu.')
  await shows(there, 'Anda baca')
  const saving = there.waitForEvent('download')
  await there.getByRole('button', { name: /Simpan foto 1/ }).click()
  const saved = await saving
  t.equal(saved.suggestedFilename(), 'berkas.jpg')
  const bytes = await readFile(await saved.path())
  t.same(bytes, jpegOf(), 'the picture and nothing else')
  t.notOk(bytes.includes(GPS))
  await shows(here, /Dibaca .+/)
  t.match(await here.textContent('main'), /1 foto/)
  const expected = complaints.filter((each) => !each.includes('422'))
  t.same(expected, [], 'no script, style or policy complained')
  t.same(
    ours.filter((each) => !each.includes('422')),
    [],
  )
})

t.test('nothing of a file is read for who is not signed in', async (t) => {
  const socket = connect(hub.config.port, '127.0.0.1')
  t.teardown(() => socket.destroy())
  const said = once(socket, 'data')
  socket.write(
    `POST /referrals/${await accepted()}/messages/new HTTP/1.1\r\nHost: ${new URL(hub.url).host}\r\n` +
      `Origin: ${hub.url}\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: 8388608\r\n\r\n--x`,
  )
  t.match(String(await said), /^HTTP\/1\.1 303 /, 'answered before it came')
})

t.test('without scripts, at 320 px: write, see what is wrong, read, take back', async (t) => {
  const id = await accepted()
  const { page } = await sit(browser, hub, supervisor, { scripts: false, width: 320 })
  const { page: there } = await sit(browser, hub, receiver, { scripts: false, width: 320 })
  await page.goto(`/referrals/${id}/messages/new`)
  t.ok(await isReflowed(page), 'the form fits')
  await write(page)
  await page.getByLabel('Orang Contoh').first().check()
  await page
    .getByLabel('Foto')
    .setInputFiles(await fileOf('long.jpg', Buffer.alloc(9 * 1024 * 1024, 1)))
  await page.getByRole('button', { name: 'Kirim pesan' }).click()
  await shows(page, 'Foto lebih besar dari 8 MB.')
  t.equal(await page.getByLabel('Isi pesan').inputValue(), TEXT, 'what was written is kept')
  await page
    .getByLabel('Foto')
    .setInputFiles(await fileOf('strange.jpg', Buffer.from('PK\x03\x04')))
  await page.getByRole('button', { name: 'Kirim pesan' }).click()
  await shows(page, 'Kirim foto JPEG atau PNG yang utuh.')
  await page.getByRole('button', { name: 'Kirim pesan' }).click()
  await shows(page, 'Pesan terkirim')
  await shows(page, '1 rekan diberi tahu')
  t.ok(await isReflowed(page), 'the list fits')

  await there.goto(`/referrals/${id}`)
  await there.getByRole('link', { name: 'Pesan · 1 belum dibaca' }).click()
  t.notMatch(await there.textContent('main'), 'rekan diberi tahu')
  t.equal(
    await there.getByRole('link', { name: 'Tarik pesan' }).count(),
    0,
    'not theirs to take back',
  )
  await there.getByRole('button', { name: 'Baca pesan' }).click()
  await shows(there, 'Datang pukul dua.')
  t.ok(await isReflowed(there), 'the message fits')

  await page.reload()
  await shows(page, /Dibaca/)
  await page.getByRole('link', { name: 'Tarik pesan' }).click()
  await shows(page, 'Ini tidak dapat dibatalkan.')
  await page.getByRole('button', { name: 'Tarik pesan' }).click()
  await shows(page, 'Pesan ditarik')
  await there.goto(`/referrals/${id}/messages`)
  await shows(there, /Ditarik/)
  t.equal(await there.getByRole('button', { name: 'Baca pesan' }).count(), 0)
})

t.test(
  'who has the case writes about it to an agency that serves it, and is answered',
  async (t) => {
    const id = await accepted()
    const { case: caseId } = (
      await (
        await scene.as(network.sender.worker)
      )('GET', `/v1/referrals/${id}`)
    ).body
    const { page: here } = await sit(browser, hub, sender)
    await here.goto(`/cases/${caseId}`)
    await here.getByRole('link', { name: 'Pesan tentang kasus' }).click()
    await here.locator(`.list a[href$="${network.recipient.id}"]`).click()
    await here.getByRole('link', { name: 'Tulis pesan' }).click()
    await write(here)
    await here.getByRole('button', { name: 'Kirim pesan' }).click()
    await shows(here, 'Pesan terkirim')
    t.ok(await isReflowed(here))

    const { page: there } = await sit(browser, hub, receiver)
    await there.goto(`/referrals/${id}/messages`)
    await shows(there, 'tentang kasus')
    await there.getByRole('button', { name: 'Baca pesan' }).click()
    await shows(there, 'Melur menunggu')
    await there.goto(`/referrals/${id}/messages/new`)
    await write(there, 'Untuk pemegang kasus.')
    await there.getByLabel('Lembaga yang kini memegang kasus ini').check()
    await there.getByRole('button', { name: 'Kirim pesan' }).click()
    await shows(there, 'Pesan terkirim')

    await here.goto(`/cases/${caseId}/messages`)
    await here.getByRole('link', { name: '1 belum dibaca' }).click()
    await here.getByRole('button', { name: 'Baca pesan' }).first().click()
    await shows(here, 'Untuk pemegang kasus.')
    const foreign = await there.goto(`/cases/${caseId}/messages`)
    t.equal(foreign?.status(), 404)
  },
)

t.test('in English, closed, and for whom it is not', async (t) => {
  const { id } = await scene.sent()
  const { page } = await sit(browser, hub, sender, { language: 'en' })
  await page.goto(`/referrals/${id}/messages`)
  await shows(page, 'Messages are open from acceptance until the service is completed.')
  await shows(page, 'No messages yet.')
  t.equal(await page.getByRole('link', { name: 'Write a message' }).count(), 0)
  await page.goto(`/referrals/${id}/messages/new`)
  t.match(page.url(), /\/messages$/)
  const { page: none } = await sit(browser, hub, intake)
  const open = await accepted()
  await none.goto(`/referrals/${open}`)
  t.equal(await none.getByRole('link', { name: 'Pesan' }).count(), 0)
  const answer = await none.goto(`/referrals/${open}/messages`)
  t.equal(answer?.status(), 403)
})
