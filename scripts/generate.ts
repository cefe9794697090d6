// npm run generate: writes the documents that follow from the code. A test compares them.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openPlace } from '../bench/place.ts'
import { asyncApiText } from '../src/asyncapi.ts'
import { environmentDocument, openApiText } from '../src/documents.ts'
import { VERSION } from '../src/run.ts'

const docs = join(import.meta.dirname, '..', 'docs')
await writeFile(join(docs, 'environment.md'), environmentDocument())
await writeFile(join(docs, 'asyncapi.json'), asyncApiText(VERSION))
const place = await openPlace()
try {
  const response = await fetch(`${place.url}/openapi.json`)
  await writeFile(join(docs, 'openapi.json'), openApiText(await response.json()))
} finally {
  await place.close()
}
