import { Banner } from '../parts/blocks.tsx'
import { useWords } from '../parts/words.ts'

/** For somebody who is not signed in. */
export const WelcomePage = ({ isDemonstration }: { readonly isDemonstration: boolean }) => {
  const t = useWords()
  return (
    <>
      <h1>{t('welcome.heading')}</h1>
      <p>{t('welcome.about')}</p>
      <Banner look="calm" icon="info" title={t('welcome.nobody')}>
        <p>{t(isDemonstration ? 'welcome.link' : 'welcome.closed')}</p>
      </Banner>
      <h2>{t('exit.button')}</h2>
      <p>{t('exit.explained')}</p>
      <p class="soft">
        <a href="/docs">{t('welcome.docs')}</a>
      </p>
    </>
  )
}
