import type { Template } from "../template.ts";
import readme from "./README.md" with { type: "text" };
import address from "./address.ts" with { type: "text" };
import aggregatorAggregator from "./aggregator/aggregator.ts" with { type: "text" };
import aggregatorAggregatorState from "./aggregator/aggregator_state.ts" with { type: "text" };
import aggregatorFlowKey from "./aggregator/flow_key.ts" with { type: "text" };
import aggregatorMemoryBudget from "./aggregator/memory_budget.ts" with { type: "text" };
import aggregatorMissedTime from "./aggregator/missed_time.ts" with { type: "text" };
import aggregatorNthSmallest from "./aggregator/nth_smallest.ts" with { type: "text" };
import aggregatorPaced from "./aggregator/paced.ts" with { type: "text" };
import aggregatorSums from "./aggregator/sums.ts" with { type: "text" };
import aggregatorTable from "./aggregator/table.ts" with { type: "text" };
import aggregatorTraffic from "./aggregator/traffic.ts" with { type: "text" };
import aggregatorWindow from "./aggregator/window.ts" with { type: "text" };
import bot from "./bot.ts" with { type: "text" };
import botTest from "./bot_test.ts" with { type: "text" };
import decoderBootTime from "./decoder/boot_time.ts" with { type: "text" };
import decoderConnections from "./decoder/connections.ts" with { type: "text" };
import decoderConnectionsTest from "./decoder/connections_test.ts" with { type: "text" };
import decoderDataSet from "./decoder/data_set.ts" with { type: "text" };
import decoderDecodeContext from "./decoder/decode_context.ts" with { type: "text" };
import decoderDecodeError from "./decoder/decode_error.ts" with { type: "text" };
import decoderDecoder from "./decoder/decoder.ts" with { type: "text" };
import decoderDecoderTest from "./decoder/decoder_test.ts" with { type: "text" };
import decoderDescribePacket from "./decoder/describe_packet.ts" with { type: "text" };
import decoderDescribePacketTest from "./decoder/describe_packet_test.ts" with { type: "text" };
import decoderDomain from "./decoder/domain.ts" with { type: "text" };
import decoderDomains from "./decoder/domains.ts" with { type: "text" };
import decoderFlow from "./decoder/flow.ts" with { type: "text" };
import decoderFlowSets from "./decoder/flow_sets.ts" with { type: "text" };
import decoderFrame from "./decoder/frame.ts" with { type: "text" };
import decoderFrameTest from "./decoder/frame_test.ts" with { type: "text" };
import decoderInformationElements from "./decoder/information_elements.ts" with { type: "text" };
import decoderIpfix from "./decoder/ipfix.ts" with { type: "text" };
import decoderNetflowV5 from "./decoder/netflow_v5.ts" with { type: "text" };
import decoderNetflowV9 from "./decoder/netflow_v9.ts" with { type: "text" };
import decoderPendingSets from "./decoder/pending_sets.ts" with { type: "text" };
import decoderRecordReader from "./decoder/record_reader.ts" with { type: "text" };
import decoderRecordReaderTest from "./decoder/record_reader_test.ts" with { type: "text" };
import decoderSampling from "./decoder/sampling.ts" with { type: "text" };
import decoderSamplingRates from "./decoder/sampling_rates.ts" with { type: "text" };
import decoderSamplingTest from "./decoder/sampling_test.ts" with { type: "text" };
import decoderSequence from "./decoder/sequence.ts" with { type: "text" };
import decoderSequenceTest from "./decoder/sequence_test.ts" with { type: "text" };
import decoderSflowV5 from "./decoder/sflow_v5.ts" with { type: "text" };
import decoderSflowV5Test from "./decoder/sflow_v5_test.ts" with { type: "text" };
import decoderTemplate from "./decoder/template.ts" with { type: "text" };
import decoderTemplateCache from "./decoder/template_cache.ts" with { type: "text" };
import decoderTemplateRecord from "./decoder/template_record.ts" with { type: "text" };
import dev from "./dev.ts" with { type: "text" };
import device from "./device.ts" with { type: "text" };
import deviceTest from "./device_test.ts" with { type: "text" };
import exporter from "./exporter.ts" with { type: "text" };
import exporters from "./exporters.ts" with { type: "text" };
import exportersTest from "./exporters_test.ts" with { type: "text" };
import main from "./main.ts" with { type: "text" };
import protocolNames from "./protocol_names.ts" with { type: "text" };
import receiver from "./receiver.ts" with { type: "text" };
import sendWindows from "./send_windows.ts" with { type: "text" };
import settings from "./settings.ts" with { type: "text" };
import settingsTest from "./settings_test.ts" with { type: "text" };
import setup from "./setup.ts" with { type: "text" };
import state from "./state.ts" with { type: "text" };
import stateFile from "./state_file.ts" with { type: "text" };
import testingCapture from "./testing/capture.ts" with { type: "text" };
import testingDecode from "./testing/decode.ts" with { type: "text" };
import testingPacketBuilder from "./testing/packet_builder.ts" with { type: "text" };
import testingSflowBuilder from "./testing/sflow_builder.ts" with { type: "text" };
import values from "./values.ts" with { type: "text" };
import valuesTest from "./values_test.ts" with { type: "text" };
import { NETFLOW_SETTINGS } from "./settings.ts";

/** A bot that receives NetFlow, IPFIX and sFlow. */
export const NETFLOW: Template = {
  name: "netflow",
  about: "receives NetFlow v5, v9, IPFIX and sFlow: bytes by interface, address, protocol and port",
  protocol: "netflow",
  protocolChoice: "fixed",
  botName: "netflow-bot",
  files: {
    "main.ts": main,
    "bot.ts": bot,
    "address.ts": address,
    "bot_test.ts": botTest,
    "dev.ts": dev,
    "setup.ts": setup,
    "device.ts": device,
    "device_test.ts": deviceTest,
    "exporter.ts": exporter,
    "exporters.ts": exporters,
    "exporters_test.ts": exportersTest,
    "protocol_names.ts": protocolNames,
    "receiver.ts": receiver,
    "send_windows.ts": sendWindows,
    "settings.ts": settings,
    "settings_test.ts": settingsTest,
    "state.ts": state,
    "state_file.ts": stateFile,
    "values.ts": values,
    "values_test.ts": valuesTest,
    "aggregator/aggregator.ts": aggregatorAggregator,
    "aggregator/aggregator_state.ts": aggregatorAggregatorState,
    "aggregator/flow_key.ts": aggregatorFlowKey,
    "aggregator/memory_budget.ts": aggregatorMemoryBudget,
    "aggregator/missed_time.ts": aggregatorMissedTime,
    "aggregator/nth_smallest.ts": aggregatorNthSmallest,
    "aggregator/paced.ts": aggregatorPaced,
    "aggregator/sums.ts": aggregatorSums,
    "aggregator/table.ts": aggregatorTable,
    "aggregator/traffic.ts": aggregatorTraffic,
    "aggregator/window.ts": aggregatorWindow,
    "decoder/boot_time.ts": decoderBootTime,
    "decoder/connections.ts": decoderConnections,
    "decoder/connections_test.ts": decoderConnectionsTest,
    "decoder/data_set.ts": decoderDataSet,
    "decoder/decode_context.ts": decoderDecodeContext,
    "decoder/decode_error.ts": decoderDecodeError,
    "decoder/decoder.ts": decoderDecoder,
    "decoder/decoder_test.ts": decoderDecoderTest,
    "decoder/describe_packet.ts": decoderDescribePacket,
    "decoder/describe_packet_test.ts": decoderDescribePacketTest,
    "decoder/domain.ts": decoderDomain,
    "decoder/domains.ts": decoderDomains,
    "decoder/flow.ts": decoderFlow,
    "decoder/flow_sets.ts": decoderFlowSets,
    "decoder/frame.ts": decoderFrame,
    "decoder/frame_test.ts": decoderFrameTest,
    "decoder/information_elements.ts": decoderInformationElements,
    "decoder/ipfix.ts": decoderIpfix,
    "decoder/netflow_v5.ts": decoderNetflowV5,
    "decoder/netflow_v9.ts": decoderNetflowV9,
    "decoder/pending_sets.ts": decoderPendingSets,
    "decoder/record_reader.ts": decoderRecordReader,
    "decoder/record_reader_test.ts": decoderRecordReaderTest,
    "decoder/sampling.ts": decoderSampling,
    "decoder/sampling_rates.ts": decoderSamplingRates,
    "decoder/sampling_test.ts": decoderSamplingTest,
    "decoder/sequence.ts": decoderSequence,
    "decoder/sequence_test.ts": decoderSequenceTest,
    "decoder/sflow_v5.ts": decoderSflowV5,
    "decoder/sflow_v5_test.ts": decoderSflowV5Test,
    "decoder/template.ts": decoderTemplate,
    "decoder/template_cache.ts": decoderTemplateCache,
    "decoder/template_record.ts": decoderTemplateRecord,
    "testing/capture.ts": testingCapture,
    "testing/decode.ts": testingDecode,
    "testing/packet_builder.ts": testingPacketBuilder,
    "testing/sflow_builder.ts": testingSflowBuilder,
  },
  readme,
  permissions: { net: ["0.0.0.0"] },
  testPermissions: { net: ["127.0.0.1"], read: ["."], write: ["."] },
  devPermissions: { net: ["127.0.0.1"], read: ["data"], write: ["data"] },
  unstable: ["net"],
  settings: NETFLOW_SETTINGS,
  ports: ["2055/udp"],
};
