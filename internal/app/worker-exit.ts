/** Exit statuses of a worker that could not start. Source: R-SUP-21; gunicorn's arbiter. */
export const EXIT = { cannotBoot: 3, cannotLoad: 4 } as const;
