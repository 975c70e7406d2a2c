/**
 * The text of the unit.
 *
 * Hardening stops at what no service notices: no mount namespaces (PrivateTmp would hide the control
 * socket of a long path and a PostgreSQL socket in /tmp, and in many containers no namespace can be
 * made, so that the service would not start), and no MemoryDenyWriteExecute, which V8 does not survive.
 * More belongs in a drop-in of whoever knows the service.
 *
 * Source: systemd.service(5), "Command lines"; systemd.syntax(7); systemd.exec(5).
 */

import { markerOf } from './service.js';
import type { Service } from './service.js';

/** Whose systemd it is. */
export type Scope = 'system' | 'user';

/** The target that wants the service. */
export const TARGETS: Readonly<Record<Scope, string>> = {
  system: 'multi-user.target',
  user: 'default.target',
};

/** Beyond the service's own limits, so that its word, not systemd's, tells what went wrong. */
const MARGIN_MS = 10_000;

/** Writes the unit of `service`. */
export function unitOf(service: Service, scope: Scope): string {
  const { dir, home, startMs, stopMs } = service;
  return `${markerOf(service)}
# Made by "rodent boot install", which writes it anew each time. Changes belong in a drop-in:
# systemctl${scope === 'user' ? ' --user' : ''} edit NAME

[Unit]
Description=rodent: ${specifierFree(home)}
${scope === 'system' ? AFTER : ''}# A service whose database is away for an hour is started again after it.
StartLimitIntervalSec=0

[Service]
Type=notify
# The helper that speaks for the service is a process of its own.
NotifyAccess=all
WorkingDirectory=${folder(dir)}
ExecStart=${commandLine(service)}
ExecReload=/bin/kill -HUP $MAINPID
TimeoutStartSec=${seconds(startMs)}
TimeoutStopSec=${seconds(stopMs)}
WatchdogSec=30
# The service stops its workers itself; systemd kills what is left.
KillMode=mixed
Restart=on-failure
RestartSec=2
# Wrong usage or configuration: starting again does not mend it.
RestartPreventExitStatus=2 78 125
UMask=0027
NoNewPrivileges=yes
LockPersonality=yes
RestrictRealtime=yes

[Install]
WantedBy=${TARGETS[scope]}
`;
}

/** An order, no wish: at a shutdown, the service drains while both are still there. */
const AFTER = 'After=network.target postgresql.service\n';

/**
 * systemd refuses a program whose path holds quotes or backslashes, and looks for no variables in it;
 * such a path becomes an argument of a shell, which becomes the program.
 */
function commandLine({ command }: Service): string {
  const [program = '', ...args] = command;
  if (!/[\\'"$]/.test(program)) return [program, ...args.map(literal)].map(quoted).join(' ');
  const shell = ['/bin/sh', '-c', literal('exec "$0" "$@"')];
  return [...shell, ...command.map(literal)].map(quoted).join(' ');
}

/** An argument in which systemd finds no variable. */
function literal(word: string): string {
  return word.replaceAll('$', '$$$$');
}

function quoted(word: string): string {
  const text = specifierFree(word);
  if (/^[\w@+=:,./$%-]+$/.test(text)) return text;
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', String.raw`\"`)}"`;
}

/** Taken as it is, to the end of the line; the slash keeps blanks and a backslash from being the end. */
function folder(dir: string): string {
  return `${specifierFree(dir)}/`;
}

function specifierFree(text: string): string {
  return text.replaceAll('%', '%%');
}

function seconds(ms: number): number {
  return Math.ceil((ms + MARGIN_MS) / 1000);
}
