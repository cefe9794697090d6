// Goal: emergency access from asking to its review, by its pages alone. Method: a small browser without
// scripts, and one of each language.
import t from 'tap'
import { newPerson } from '../helpers/identity.ts'
import { sit } from '../helpers/browser.ts'
import { createPortalScene, shows } from '../helpers/portal-scene.ts'

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
