/** The two halves of a request's target. */

/** The target without its query. */
export function pathOf(target: string | undefined): string {
  if (target === undefined) return '';
  const mark = target.indexOf('?');
  return mark === -1 ? target : target.slice(0, mark);
}

/** What follows the question mark; '' when there is none. */
export function queryOf(target: string | undefined): string {
  if (target === undefined) return '';
  const mark = target.indexOf('?');
  return mark === -1 ? '' : target.slice(mark + 1);
}
