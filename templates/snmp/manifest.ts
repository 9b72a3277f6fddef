import type { Template } from "../template.ts";
import readme from "./README.md" with { type: "text" };
import address from "./address.ts" with { type: "text" };
import aesCfb from "./aes_cfb.ts" with { type: "text" };
import bot from "./bot.ts" with { type: "text" };
import botTest from "./bot_test.ts" with { type: "text" };
import credential from "./credential.ts" with { type: "text" };
import dev from "./dev.ts" with { type: "text" };
import evaluate from "./evaluate.ts" with { type: "text" };
import expression from "./expression.ts" with { type: "text" };
import interfaces from "./interfaces.ts" with { type: "text" };
import main from "./main.ts" with { type: "text" };
import oid from "./oid.ts" with { type: "text" };
import outputPath from "./output_path.ts" with { type: "text" };
import poll from "./poll.ts" with { type: "text" };
import problems from "./problems.ts" with { type: "text" };
import sensor from "./sensor.ts" with { type: "text" };
import session from "./session.ts" with { type: "text" };
import { SNMP_SETTINGS } from "./settings.ts";
import settings from "./settings.ts" with { type: "text" };
import snmpError from "./snmp_error.ts" with { type: "text" };
import socket from "./socket.ts" with { type: "text" };
import testingDevice from "./testing_device.ts" with { type: "text" };
import timeouts from "./timeouts.ts" with { type: "text" };
import varbind from "./varbind.ts" with { type: "text" };

/** A bot that polls devices by SNMP. */
export const SNMP: Template = {
  name: "snmp",
  about: "polls devices by SNMP (v1, v2c, v3): counters, tables, network interfaces",
  protocol: "snmp",
  protocolChoice: "fixed",
  botName: "snmp-bot",
  files: {
    "main.ts": main,
    "bot.ts": bot,
    "address.ts": address,
    "aes_cfb.ts": aesCfb,
    "credential.ts": credential,
    "evaluate.ts": evaluate,
    "expression.ts": expression,
    "poll.ts": poll,
    "socket.ts": socket,
    "interfaces.ts": interfaces,
    "oid.ts": oid,
    "output_path.ts": outputPath,
    "timeouts.ts": timeouts,
    "varbind.ts": varbind,
    "problems.ts": problems,
    "sensor.ts": sensor,
    "session.ts": session,
    "settings.ts": settings,
    "snmp_error.ts": snmpError,
    "testing_device.ts": testingDevice,
    "bot_test.ts": botTest,
    "dev.ts": dev,
  },
  readme,
  permissions: { net: true },
  testPermissions: { net: ["127.0.0.1"] },
  settings: SNMP_SETTINGS,
};
