import type { JSX } from 'preact'
import { Facts, Head } from '../parts/blocks.tsx'
import { PostForm } from '../parts/fields.tsx'
import { useWords } from '../parts/words.ts'
import type { Self } from '../visit.ts'

export const AccountPage = (given: {
  readonly me: Self
  readonly agency: string | null
}): JSX.Element => {
  const { me, agency } = given
  const t = useWords()
  return (
    <>
      <Head title={t('account.title')} />
      <Facts
        facts={[
          { name: t('account.agency'), value: agency ?? t('agency.hub') },
          { name: t('people.roles'), value: me.roles.map((role) => t(`role.${role}`)).join(', ') },
        ]}
      />
      <section aria-labelledby="sessions">
        <h2 id="sessions">{t('account.sessions')}</h2>
        <p>{t('account.sessions.text')}</p>
        <PostForm action="/account/sign-outs">
          <div class="actions tall">
            <button class="button">{t('account.sign_out')}</button>
          </div>
        </PostForm>
      </section>
      <section aria-labelledby="ways">
        <h2 id="ways">{t('account.ways')}</h2>
        <p>{t('account.ways.text')}</p>
        <div class="actions tall">
          <a class="button" href="/sign-in/again?return_to=/account">
            {t('account.prove')}
          </a>
        </div>
      </section>
      <section aria-labelledby="language">
        <h2 id="language">{t('people.language')}</h2>
        <form method="post" action="/language">
          <input type="hidden" name="back" value="/account" />
          <div class="actions tall">
            {(['id', 'en'] as const).map((code) => (
              <button
                key={code}
                class="button"
                name="language"
                value={code}
                lang={code}
                aria-pressed={t.language === code}
              >
                {t(`language.${code}`)}
              </button>
            ))}
          </div>
        </form>
      </section>
    </>
  )
}
