import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { JWK } from 'jose'
import { TitianClient, type FeedItem } from '../src/client/client.ts'
import { demoAgencyOf, type DemoAgencyKey } from './network.ts'

/** One agency's program at the public API: what it can call, and what it has heard live. */
export interface Player {
  readonly key: DemoAgencyKey
  readonly id: string
  readonly name: string
  readonly api: TitianClient
  readonly heard: readonly FeedItem[]
  /** The next thing heard, or heard already, that fits; each is given once. */
  hears(type: string, object: string): Promise<FeedItem>
}

export interface Stage {
  readonly player: (key: DemoAgencyKey) => Player
  /** Stops listening. */
  close(): Promise<void>
}

const HEARING_TIMEOUT_MS = 15_000

interface Ear {
  readonly heard: FeedItem[]
  readonly waiting: Set<() => void>
}

const hearsFor = (ear: Ear, name: string) => {
  const given = new Set<string>()
  return async (type: string, object: string): Promise<FeedItem> => {
    const deadline = Date.now() + HEARING_TIMEOUT_MS
    for (;;) {
      const item = ear.heard.find(
        (one) => one.type === type && one.object === object && !given.has(one.id),
      )
      if (item !== undefined) {
        given.add(item.id)
        return item
      }
      const leftMs = deadline - Date.now()
      if (leftMs <= 0) throw new Error(`${name} was not told of ${type} within 15 s`)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, leftMs)
        ear.waiting.add(() => {
          clearTimeout(timer)
          resolve()
        })
      })
    }
  }
}

/** Signs every agency's program in with its own key and opens its live connection. */
export const openStage = async (
  hubUrl: string,
  keysFolder: string,
  keys: readonly DemoAgencyKey[],
  onItem: (player: string, item: FeedItem) => void,
): Promise<Stage> => {
  const ending = new AbortController()
  const followers: Promise<void>[] = []
  const players = new Map<DemoAgencyKey, Player>()
  for (const key of keys) {
    const { agency, client } = demoAgencyOf(key)
    const privateJwk = JSON.parse(readFileSync(join(keysFolder, `${client}.jwk`), 'utf8')) as JWK
    const api = new TitianClient({ hub: hubUrl, clientId: client, privateJwk })
    const ear: Ear = { heard: [], waiting: new Set() }
    const name = agency.name_en
    await new Promise<void>((resolve, reject) => {
      const follower = api.follow({
        signal: ending.signal,
        onHello: () => resolve(),
        onItem: (item) => {
          ear.heard.push(item)
          onItem(name, item)
          for (const wake of ear.waiting) wake()
          ear.waiting.clear()
        },
      })
      follower.catch(reject)
      followers.push(follower)
    })
    players.set(key, {
      key,
      id: agency.id,
      name,
      api,
      heard: ear.heard,
      hears: hearsFor(ear, name),
    })
  }
  return {
    player: (key) => {
      const player = players.get(key)
      if (player === undefined) throw new RangeError(`${key} is not on stage`)
      return player
    },
    close: async () => {
      ending.abort()
      await Promise.allSettled(followers)
    },
  }
}
