// The doctor's part of the API, until its OpenAPI document has it.

import type { Check, Mended, Report } from './types'

interface Reply<T, M extends `${string}/${string}` = 'application/json'> {
  200: { headers: Record<string, unknown>; content: Record<M, T> }
}

export interface DoctorPaths {
  '/api/doctor': {
    get: { parameters: { query?: { fresh?: boolean } }; responses: Reply<Report> }
  }
  '/api/doctor/report': { get: { parameters: Record<string, never>; responses: Reply<string> } }
  '/api/doctor/{check}/fix': {
    post: {
      parameters: { path: { check: Check['id'] } }
      requestBody: { content: { 'application/json': { fix?: string; dry_run?: boolean } } }
      responses: Reply<Mended>
    }
  }
}
