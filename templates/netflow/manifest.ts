import type { Template } from "../template.ts";
import readme from "./README.md" with { type: "text" };
import address from "./address.ts" with { type: "text" };
import aggregatorAggregator from "./aggregator/aggregator.ts" with { type: "text" };
import aggregatorTraffic from "./aggregator/traffic.ts" with { type: "text" };
import aggregatorWindow from "./aggregator/window.ts" with { type: "text" };
import bot from "./bot.ts" with { type: "text" };
import botTest from "./bot_test.ts" with { type: "text" };
import decoderDecodeError from "./decoder/decode_error.ts" with { type: "text" };
import decoderDecoder from "./decoder/decoder.ts" with { type: "text" };
import decoderDomain from "./decoder/domain.ts" with { type: "text" };
import decoderFlow from "./decoder/flow.ts" with { type: "text" };
import decoderFlowSets from "./decoder/flow_sets.ts" with { type: "text" };
import decoderInformationElements from "./decoder/information_elements.ts" with { type: "text" };
import decoderIpfix from "./decoder/ipfix.ts" with { type: "text" };
import decoderNetflowV5 from "./decoder/netflow_v5.ts" with { type: "text" };
import decoderNetflowV9 from "./decoder/netflow_v9.ts" with { type: "text" };
import decoderPendingSets from "./decoder/pending_sets.ts" with { type: "text" };
import decoderRecordReader from "./decoder/record_reader.ts" with { type: "text" };
import decoderSequence from "./decoder/sequence.ts" with { type: "text" };
import decoderTemplate from "./decoder/template.ts" with { type: "text" };
import dev from "./dev.ts" with { type: "text" };
import exporters from "./exporters.ts" with { type: "text" };
import flowProcessor from "./flow_processor.ts" with { type: "text" };
import main from "./main.ts" with { type: "text" };
import protocolNames from "./protocol_names.ts" with { type: "text" };
import receiver from "./receiver.ts" with { type: "text" };
import settings from "./settings.ts" with { type: "text" };
import settingsTest from "./settings_test.ts" with { type: "text" };
import snapshot from "./snapshot.ts" with { type: "text" };
import snapshotFile from "./snapshot_file.ts" with { type: "text" };
import values from "./values.ts" with { type: "text" };
import valuesTest from "./values_test.ts" with { type: "text" };
import { NETFLOW_SETTINGS } from "./settings.ts";

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
    "address.ts": address,
    "bot_test.ts": botTest,
    "dev.ts": dev,
    "exporters.ts": exporters,
    "flow_processor.ts": flowProcessor,
    "protocol_names.ts": protocolNames,
    "receiver.ts": receiver,
    "settings.ts": settings,
    "settings_test.ts": settingsTest,
    "snapshot.ts": snapshot,
    "snapshot_file.ts": snapshotFile,
    "values.ts": values,
    "values_test.ts": valuesTest,
    "aggregator/aggregator.ts": aggregatorAggregator,
    "aggregator/traffic.ts": aggregatorTraffic,
    "aggregator/window.ts": aggregatorWindow,
    "decoder/decode_error.ts": decoderDecodeError,
    "decoder/decoder.ts": decoderDecoder,
    "decoder/domain.ts": decoderDomain,
    "decoder/flow.ts": decoderFlow,
    "decoder/flow_sets.ts": decoderFlowSets,
    "decoder/information_elements.ts": decoderInformationElements,
    "decoder/ipfix.ts": decoderIpfix,
    "decoder/netflow_v5.ts": decoderNetflowV5,
    "decoder/netflow_v9.ts": decoderNetflowV9,
    "decoder/pending_sets.ts": decoderPendingSets,
    "decoder/record_reader.ts": decoderRecordReader,
    "decoder/sequence.ts": decoderSequence,
    "decoder/template.ts": decoderTemplate,
  },
  readme,
  permissions: { net: ["0.0.0.0"] },
  testPermissions: { net: ["127.0.0.1"], read: ["."], write: ["."] },
  devPermissions: { net: ["127.0.0.1"], read: ["data"], write: ["data"] },
  unstable: ["net"],
  settings: NETFLOW_SETTINGS,
  ports: ["2055/udp"],
};
