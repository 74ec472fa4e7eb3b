import { expect, test } from './stage'

test('lets nobody in without a link, and each link once', async ({ stage }) => {
  const { page } = stage
  await page.goto(stage.url)
  await expect(page.getByText('pilotlight open')).toBeVisible()
  const link = await stage.link()
  await page.goto(link)
  await stage.says('Nothing is kept loaded')
  await page.reload()
  await stage.says('Nothing is kept loaded')
  await page.context().clearCookies()
  await page.goto(link)
  await expect(page.getByText('pilotlight open')).toBeVisible()
})

test('outlives the agent: says so, and comes back by itself', async ({ stage }) => {
  const { page } = stage
  await stage.signIn()
  await stage.keep()
  await stage.says(`${stage.name} is warm`)
  await stage.killAgent()
  await expect(page.getByText(/What you see is from|does not answer/).first()).toBeVisible({
    timeout: 30_000,
  })
  await stage.startAgent()
  await expect(page.getByRole('switch', { name: 'Keep loaded' })).toBeEnabled({ timeout: 30_000 })
  await stage.says(`${stage.name} is warm`)
})
