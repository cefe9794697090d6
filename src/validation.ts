import { SerializerSelector } from '@fastify/fast-json-stringify-compiler'
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv'
import addFormats from 'ajv-formats'
import type { FastifySchemaCompiler } from 'fastify'
import type { FastifySerializerCompiler, FastifyValidationResult } from 'fastify/types/schema.js'
import { type FieldError, Problem, type Text, text } from './problem.ts'

const OPTIONS = {
  removeAdditional: false,
  useDefaults: true,
  allErrors: true,
  strict: false,
  // Errors name the schema that they come from.
  verbose: true,
} as const

const DATE = /^(19|20|21)\d{2}-\d{2}-\d{2}$/
const INSTANT =
  /^(\d{4}-\d{2}-\d{2})T([01]\d|2[0-3])(:[0-5]\d){2}(\.\d{1,9})?(Z|[+-](0\d|1[0-4]):[0-5]\d)$/

/** A day of 1900 to 2199 that the calendar has. */
const isDate = (text: string): boolean => {
  if (!DATE.test(text)) return false
  const at = new Date(`${text}T00:00:00Z`)
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text)
}

/** RFC 3339 as Postgres and JavaScript both read it: no second 60, an offset that is in use. */
const isInstant = (text: string): boolean => {
  const day = INSTANT.exec(text)?.[1]
  return day !== undefined && isDate(day)
}

const withFormats = (ajv: Ajv): Ajv => {
  addFormats.default(ajv)
  ajv.addFormat('date', isDate)
  ajv.addFormat('date-time', isInstant)
  return ajv
}

/**
 * Bodies are taken as they are; query strings and paths are text and get coerced. A schema is compiled when it
 * is first used: all of them together are a third of a start's time.
 */
export const validatorCompiler = (): FastifySchemaCompiler<object> => {
  const exact = withFormats(new Ajv({ ...OPTIONS, coerceTypes: false }))
  const coercing = withFormats(new Ajv({ ...OPTIONS, coerceTypes: 'array' }))
  return ({ schema, httpPart }) => {
    let compiled: ValidateFunction | undefined
    const validate: FastifyValidationResult = (data) => {
      compiled ??= (httpPart === 'body' ? exact : coercing).compile(schema)
      const isValid = compiled(data)
      validate.errors = compiled.errors ?? null
      return isValid
    }
    return validate
  }
}

/** Answers are written as their schemas say, which are compiled when they are first used. */
export const serializerCompiler = (): FastifySerializerCompiler<object> => {
  const compile = SerializerSelector()()
  return (route) => {
    let serialize: ((answer: unknown) => string) | undefined
    return (answer) =>
      (serialize ??= compile({ ...route, httpStatus: route.httpStatus ?? '' }))(answer)
  }
}

/** Whether nothing was written where something is due. */
const isBlank = ({ data }: ErrorObject): boolean =>
  data === '' || (Array.isArray(data) && data.length === 0)

const cure = (error: ErrorObject): Text => {
  if (isBlank(error)) return text('Ini belum diisi.', 'This is still empty.')
  const params = error.params as Record<string, unknown>
  switch (error.keyword) {
    case 'required':
      return text('Wajib diisi.', 'It is required.')
    case 'additionalProperties': {
      // What was written is not said again, a name neither: only what may be written.
      const { properties = {} } = (error.parentSchema ?? {}) as { properties?: object }
      const names = Object.keys(properties).join(', ')
      return text(
        `Hapus isian yang tidak dikenal; yang dikenal: ${names}.`,
        `Remove the field that is not known; known are: ${names}.`,
      )
    }
    case 'type':
      return text(`Harus berjenis ${params['type']}.`, `It must be of type ${params['type']}.`)
    case 'enum': {
      const codes = (params['allowedValues'] as unknown[]).join(', ')
      return text(`Pilih salah satu: ${codes}.`, `Choose one of: ${codes}.`)
    }
    case 'format':
      return text(
        `Harus berbentuk ${params['format']}.`,
        `It must have the form ${params['format']}.`,
      )
    case 'pattern':
      return text(`Harus cocok dengan ${params['pattern']}.`, `It must match ${params['pattern']}.`)
    case 'minLength':
    case 'minItems':
      return text(`Paling sedikit ${params['limit']}.`, `At least ${params['limit']} are needed.`)
    case 'maxLength':
    case 'maxItems':
      return text(`Paling banyak ${params['limit']}.`, `At most ${params['limit']} are allowed.`)
    case 'minimum':
    case 'maximum':
      return text(
        `Harus ${params['comparison']} ${params['limit']}.`,
        `It must be ${params['comparison']} ${params['limit']}.`,
      )
    case 'uniqueItems':
      return text('Tidak boleh berulang.', 'Items must not repeat.')
    default:
      return text('Tidak sesuai.', 'It does not fit.')
  }
}

const fieldOf = (error: ErrorObject): string => {
  const params = error.params as Record<string, unknown>
  const path = error.instancePath.replaceAll('/', '.').replace(/^\./, '')
  const last = params['missingProperty']
  return [path, last].filter((part) => part !== undefined && part !== '').join('.') || '(body)'
}

/** Fastify's validation failure as a problem that names each field and its cure. */
export const problemOfValidation = (errors: readonly ErrorObject[]): Problem => {
  const fields = new Map<string, FieldError>()
  for (const error of errors) {
    const field = fieldOf(error)
    if (!fields.has(field)) fields.set(field, { field, message: cure(error) })
  }
  return new Problem('invalid_request', { errors: [...fields.values()].slice(0, 20) })
}
