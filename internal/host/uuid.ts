/** What counts as a UUID. */

const CANONICAL = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Whether `text` is a UUID as it is written (8-4-4-4-12 hexadecimal digits, any case); never throws. */
export function isUuid(text: string): boolean {
  return typeof text === 'string' && CANONICAL.test(text);
}
