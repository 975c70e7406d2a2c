/**
 * Package systemd: what a service tells the systemd that started it, in the words of sd_notify(3).
 *
 * Its contract: `open` takes the variables out of the environment that it is given, so that no child
 * inherits them, and answers with a Notifier that says nothing at all where there is no systemd. No verb
 * throws or waits: what is said goes out behind it, in order, one program at a time, and at most two
 * messages wait. What a later word overtakes is never said (STOPPING beats READY); what is said in one
 * turn of the event loop goes out together. A failure is told to `onProblem` once, until it goes well
 * again.
 *
 * Each message is a run of the program systemd-notify. Node has no datagram sockets in the unix family,
 * so the alternatives are an addon (nothing here is compiled) or another interpreter (which need not be
 * installed); systemd-notify is part of systemd, hence where it is needed. It ends only when systemd has
 * read the message (its barrier), so that a READY is not lost because its sender has gone; for the same
 * reason nothing here passes `--no-block`. The unit needs `NotifyAccess=all`: to systemd the sender is a
 * process of the service that it did not start itself.
 *
 * When a successor takes the service over: start it with `heir()` in its environment; once it serves, name
 * it with `takeOver(status, pid)`, say nothing more, and leave after `close`, which waits until systemd has
 * heard: a main process that ends before that ends the service.
 *
 * Source: sd_notify(3), sd_watchdog_enabled(3), systemd-notify(1); design section 3.
 */

export { open } from './notifier.js';
export type { Notifier, NotifierOptions } from './notifier.js';
