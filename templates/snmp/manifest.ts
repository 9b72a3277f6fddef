import type { Template } from "../template.ts";
import readme from "./README.md" with { type: "text" };
import bot from "./bot.ts" with { type: "text" };
import botTest from "./bot_test.ts" with { type: "text" };
import aesCfb from "./client/aes_cfb.ts" with { type: "text" };
import ber from "./client/ber.ts" with { type: "text" };
import connection from "./client/connection.ts" with { type: "text" };
import credential from "./client/credential.ts" with { type: "text" };
import mendResponse from "./client/mend_response.ts" with { type: "text" };
import oid from "./client/oid.ts" with { type: "text" };
import poll from "./client/poll.ts" with { type: "text" };
import pollTest from "./client/poll_test.ts" with { type: "text" };
import pollMemory from "./client/poll_memory.ts" with { type: "text" };
import session from "./client/session.ts" with { type: "text" };
import snmpError from "./client/snmp_error.ts" with { type: "text" };
import socket from "./client/socket.ts" with { type: "text" };
import timeouts from "./client/timeouts.ts" with { type: "text" };
import varbind from "./client/varbind.ts" with { type: "text" };
import dev from "./dev.ts" with { type: "text" };
import device from "./device.ts" with { type: "text" };
import interfaces from "./interfaces.ts" with { type: "text" };
import main from "./main.ts" with { type: "text" };
import counters from "./sensor/counters.ts" with { type: "text" };
import deviceValues from "./sensor/device_values.ts" with { type: "text" };
import evaluate from "./sensor/evaluate.ts" with { type: "text" };
import evaluateTest from "./sensor/evaluate_test.ts" with { type: "text" };
import expression from "./sensor/expression.ts" with { type: "text" };
import expressionTest from "./sensor/expression_test.ts" with { type: "text" };
import outputPath from "./sensor/output_path.ts" with { type: "text" };
import problems from "./sensor/problems.ts" with { type: "text" };
import sensor from "./sensor/sensor.ts" with { type: "text" };
import sensorParser from "./sensor/sensor_parser.ts" with { type: "text" };
import { SNMP_SETTINGS } from "./settings.ts";
import settings from "./settings.ts" with { type: "text" };
import setup from "./setup.ts" with { type: "text" };
import status from "./status.ts" with { type: "text" };
import testingDevice from "./testing/device.ts" with { type: "text" };

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
    "bot_test.ts": botTest,
    "dev.ts": dev,
    "setup.ts": setup,
    "device.ts": device,
    "interfaces.ts": interfaces,
    "settings.ts": settings,
    "status.ts": status,
    "client/aes_cfb.ts": aesCfb,
    "client/ber.ts": ber,
    "client/connection.ts": connection,
    "client/credential.ts": credential,
    "client/mend_response.ts": mendResponse,
    "client/oid.ts": oid,
    "client/poll.ts": poll,
    "client/poll_test.ts": pollTest,
    "client/poll_memory.ts": pollMemory,
    "client/session.ts": session,
    "client/snmp_error.ts": snmpError,
    "client/socket.ts": socket,
    "client/timeouts.ts": timeouts,
    "client/varbind.ts": varbind,
    "sensor/counters.ts": counters,
    "sensor/device_values.ts": deviceValues,
    "sensor/evaluate.ts": evaluate,
    "sensor/evaluate_test.ts": evaluateTest,
    "sensor/expression.ts": expression,
    "sensor/expression_test.ts": expressionTest,
    "sensor/output_path.ts": outputPath,
    "sensor/problems.ts": problems,
    "sensor/sensor.ts": sensor,
    "sensor/sensor_parser.ts": sensorParser,
    "testing/device.ts": testingDevice,
  },
  readme,
  permissions: { net: true },
  testPermissions: { net: ["127.0.0.1"] },
  settings: SNMP_SETTINGS,
};
