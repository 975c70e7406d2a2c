/**
 * Package host: the id by which this host is known to the others.
 *
 * The id is a UUID in a file. Whoever asks first makes it, in a file of its own that is then linked to
 * the name: the name never stands for half an id, and all who ask at once get the same. What the file
 * holds is trimmed and checked each time; anything but an id is an error that names the file, because a
 * host that went by a made-up id would be another host. Nothing repairs or replaces the file.
 *
 * Source: seed 001; R-UNI-8, 9, 10, 52; W-UNI-4.
 */

export { getOrCreateId } from './id.js';
export type { IdOptions } from './id.js';
export { isUuid } from './uuid.js';
