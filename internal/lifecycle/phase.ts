/** Where a process is in its life. */

/**
 * The phases, in order. `starting`: not ready yet. `ready`: serves. `reloading`: serves, and takes over
 * new configuration meanwhile. `draining`: still serves what has begun, but readiness fails.
 * `stopping`: the root context is cancelled and the shutdown hooks run. `stopped`: the end.
 *
 * From `starting` a process may go straight to `draining`; from `draining` on there is no way back.
 */
export type Phase = 'starting' | 'ready' | 'reloading' | 'draining' | 'stopping' | 'stopped';
