/**
 * Package boot: the entry that starts a service when its machine starts.
 *
 * There are two kinds. Where systemd runs it is a unit: a system unit for root, else a user unit, with
 * lingering switched on, since a user's units start at a login otherwise. Elsewhere it is one `@reboot`
 * line in the user's crontab. Neither waits a while for the machine to settle: the service starts at
 * once and waits itself for what it needs.
 *
 * Its contract: the folder of the service's state tells its entry from any other; `install` again
 * changes nothing, or brings the entry up to date, and an entry of the other kind goes, since a service
 * starts once. Lines of a crontab that are not ours stay byte for byte, a unit that is not ours is
 * neither overwritten nor removed, and what fails leaves things as they were. `uninstall` stops nothing
 * that runs and leaves lingering on, which others may need. Programs (`systemctl`, `loginctl`,
 * `crontab`) are found by the PATH of the machine that is passed in; nothing else of the environment is
 * read.
 *
 * Source: R-SUP-1, R-SUP-2, R-SUP-10; W-SUP-15; design section 5.
 */

export { install, status, uninstall } from './boot.js';
export type { Entry, InstallOptions, Installed, Kind, Status } from './boot.js';
export type { Machine } from './machine.js';
export { nameOf } from './service.js';
export type { Service } from './service.js';
