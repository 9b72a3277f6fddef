import { SUGGESTED_PORT } from "../status/settings.ts";
import type { ProjectOptions } from "./project_options.ts";

/** Renders a systemd unit that runs the executable of the bot with as few privileges as possible. */
export function renderSystemdUnit({ name, template }: ProjectOptions): string {
  const capabilities = (template.capabilities ?? []).join(" ");
  return `# Installation, as root:
#   install -m 755 dist/${name} /usr/local/bin/${name}
#   install -m 600 -D .env /etc/${name}/env
#   install -m 644 ${name}.service /etc/systemd/system/
#   systemctl daemon-reload
#   systemctl enable --now ${name}
#   journalctl -fu ${name}
#   cd /var/lib/${name} && HEALTH_FILE=data/health.json ${name} --health
#   curl http://127.0.0.1:${SUGGESTED_PORT}/healthz  # with HEALTH_PORT=${SUGGESTED_PORT} in /etc/${name}/env

[Unit]
Description=Grafolean bot ${name}
Wants=network-online.target
After=network-online.target
# Keep restarting, however long the network is down.
StartLimitIntervalSec=0

[Service]
ExecStart=/usr/local/bin/${name}
EnvironmentFile=/etc/${name}/env
# /var/lib/${name}/data holds the values waiting for Grafolean.
StateDirectory=${name} ${name}/data
StateDirectoryMode=0700
WorkingDirectory=/var/lib/${name}
UMask=0077
Restart=always
RestartSec=5
# A setting is invalid: a restart would not help.
RestartPreventExitStatus=2
# The bot takes up to 8 seconds to send the waiting values. Only the bot gets SIGTERM, not the programs it runs.
KillMode=mixed
TimeoutStopSec=15
MemoryMax=1G
# A core dump would contain the token.
LimitCORE=0

DynamicUser=yes
NoNewPrivileges=yes
CapabilityBoundingSet=${capabilities}
AmbientCapabilities=${capabilities}
ProtectSystem=strict
ProtectHome=yes
ProtectProc=invisible
PrivateTmp=yes
PrivateDevices=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
RemoveIPC=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallErrorNumber=EPERM
# Without MemoryDenyWriteExecute, as V8 compiles JavaScript at run time.

[Install]
WantedBy=multi-user.target
`;
}
