import type { Template } from "../template.ts";
import readme from "./README.md" with { type: "text" };
import address from "./address.ts" with { type: "text" };
import aggregator from "./aggregator.ts" with { type: "text" };
import bot from "./bot.ts" with { type: "text" };
import botTest from "./bot_test.ts" with { type: "text" };
import decodePacket from "./decode_packet.ts" with { type: "text" };
import decodedPacket from "./decoded_packet.ts" with { type: "text" };
import dev from "./dev.ts" with { type: "text" };
import exporter from "./exporter.ts" with { type: "text" };
import exporters from "./exporters.ts" with { type: "text" };
import flow from "./flow.ts" with { type: "text" };
import flowProcessor from "./flow_processor.ts" with { type: "text" };
import flowSets from "./flow_sets.ts" with { type: "text" };
import informationElements from "./information_elements.ts" with { type: "text" };
import ipfix from "./ipfix.ts" with { type: "text" };
import main from "./main.ts" with { type: "text" };
import netflowV5 from "./netflow_v5.ts" with { type: "text" };
import netflowV9 from "./netflow_v9.ts" with { type: "text" };
import observationDomain from "./observation_domain.ts" with { type: "text" };
import protocolNames from "./protocol_names.ts" with { type: "text" };
import receiver from "./receiver.ts" with { type: "text" };
import recordReader from "./record_reader.ts" with { type: "text" };
import sequence from "./sequence.ts" with { type: "text" };
import { NETFLOW_SETTINGS } from "./settings.ts";
import settings from "./settings.ts" with { type: "text" };
import settingsTest from "./settings_test.ts" with { type: "text" };
import snapshot from "./snapshot.ts" with { type: "text" };
import snapshotFile from "./snapshot_file.ts" with { type: "text" };
import template from "./template.ts" with { type: "text" };
import traffic from "./traffic.ts" with { type: "text" };
import trafficValues from "./traffic_values.ts" with { type: "text" };
import trafficValuesTest from "./traffic_values_test.ts" with { type: "text" };
import trafficWindow from "./traffic_window.ts" with { type: "text" };

/** A bot that receives NetFlow and IPFIX. */
export const NETFLOW: Template = {
  name: "netflow",
  about: "receives NetFlow v5, v9 and IPFIX: bytes by interface, address, protocol and port",
  protocol: "netflow",
  protocolChoice: "fixed",
  botName: "netflow-bot",
  files: {
    "main.ts": main,
    "bot.ts": bot,
    "settings.ts": settings,
    "receiver.ts": receiver,
    "flow_processor.ts": flowProcessor,
    "decode_packet.ts": decodePacket,
    "decoded_packet.ts": decodedPacket,
    "exporters.ts": exporters,
    "exporter.ts": exporter,
    "observation_domain.ts": observationDomain,
    "sequence.ts": sequence,
    "netflow_v5.ts": netflowV5,
    "netflow_v9.ts": netflowV9,
    "ipfix.ts": ipfix,
    "flow_sets.ts": flowSets,
    "template.ts": template,
    "information_elements.ts": informationElements,
    "record_reader.ts": recordReader,
    "address.ts": address,
    "flow.ts": flow,
    "traffic.ts": traffic,
    "traffic_window.ts": trafficWindow,
    "aggregator.ts": aggregator,
    "traffic_values.ts": trafficValues,
    "protocol_names.ts": protocolNames,
    "snapshot.ts": snapshot,
    "snapshot_file.ts": snapshotFile,
    "bot_test.ts": botTest,
    "settings_test.ts": settingsTest,
    "traffic_values_test.ts": trafficValuesTest,
    "dev.ts": dev,
  },
  readme,
  permissions: { net: ["0.0.0.0"] },
  testPermissions: { net: ["127.0.0.1"], read: ["."], write: ["."] },
  devPermissions: { net: ["127.0.0.1"], read: ["data"], write: ["data"] },
  unstable: ["net"],
  settings: NETFLOW_SETTINGS,
  ports: ["2055/udp"],
};
