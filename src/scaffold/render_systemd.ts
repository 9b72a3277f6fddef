import type { Project } from "./project_options.ts";

/** Renders a unit that runs the executable of the bot with as few rights as it can do with. */
export function renderService({ name, template }: Project): string {
  const capabilities = (template.capabilities ?? []).join(" ");
  return `# Installation, as root:
#   install -m 755 dist/${name} /usr/local/bin/${name}
#   install -m 600 -D .env /etc/${name}/env
#   install -m 644 ${name}.service /etc/systemd/system/
#   systemctl daemon-reload
#   systemctl enable --now ${name}
#   journalctl -fu ${name}

[Unit]
Description=Grafolean bot ${name}
Wants=network-online.target
After=network-online.target
# It never gives up: a machine may be without a network for long.
StartLimitIntervalSec=0

[Service]
ExecStart=/usr/local/bin/${name}
EnvironmentFile=/etc/${name}/env
# /var/lib/${name}/data holds the values that wait for Grafolean.
StateDirectory=${name} ${name}/data
StateDirectoryMode=0700
WorkingDirectory=/var/lib/${name}
UMask=0077
Restart=always
RestartSec=5
# A setting is wrong: starting again does not mend it.
RestartPreventExitStatus=2
# The bot takes at most 8 seconds to send what waits; what it runs is not told to end before it.
KillMode=mixed
TimeoutStopSec=15
MemoryMax=1G
# The memory of a bot that has crashed would hold its token.
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
# MemoryDenyWriteExecute cannot be used: JavaScript is compiled while it runs.

[Install]
WantedBy=multi-user.target
`;
}
