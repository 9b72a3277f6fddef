import { assertEquals } from "@std/assert";
import { Decoder } from "./decoder.ts";
import { bytesOf, decode, problemsOf, restart } from "../testing/decode.ts";
import {
  ipfix,
  IPV4_FIELDS,
  ipv4Record,
  set,
  template,
  uint,
  v5,
  V5_FLOW,
  v9,
} from "../testing/packet_builder.ts";

const START = 1_700_000_000_000;
const TEMPLATE = set(0, template(256, IPV4_FIELDS));
const DATA = set(256, ipv4Record(100));
const NO_PROBLEMS = { lost: 0, malformed: 0, undecodable: 0 };

/** An exporter of NetFlow v9, whose clock and uptime can be wrong. */
class Exporter {
  sequence: number;
  /** By how much its clock differs, in milliseconds. */
  clockError = 0;
  readonly #bootedAt: number;

  constructor(bootedAt = START - 1_000_000, sequence = 1000) {
    this.#bootedAt = bootedAt;
    this.sequence = sequence;
  }

  /** Returns the packet that it sends at a time. */
  packet(now: number, content = DATA, uptime = now - this.#bootedAt): Uint8Array {
    const seconds = Math.floor((now + this.clockError) / 1000);
    const header = { sequence: this.sequence, uptime: uptime % 2 ** 32, seconds };
    this.sequence = (this.sequence + 1) % 2 ** 32;
    return v9(header, content);
  }
}

for (const [name, second] of [["the same", IPV4_FIELDS], ["different", [[1, 4]]]] as const) {
  Deno.test(`Decoder decodes two exporters behind one address with one source id and ${name} templates`, () => {
    const a = new Exporter(START - 10_000_000, 2_304_000_000);
    const b = new Exporter(START - 5_000_000, 100);
    const record = second === IPV4_FIELDS ? DATA : set(256, uint(100, 4));
    // All arrive at once, as in a replay, or one a minute.
    for (const step of [0, 100, 60_000]) {
      const decoder = new Decoder();
      let now = START;
      decoder.decode(a.packet(now, TEMPLATE), now, () => {});
      decoder.decode(b.packet(now, set(0, template(256, second))), now, () => {});
      let bytes = 0;
      for (let n = 0; n < 30; n++, now += step) {
        bytes += bytesOf(decoder, a.packet(now), now) +
          bytesOf(decoder, b.packet(now, record), now);
      }
      assertEquals(bytes, 6000);
      assertEquals(problemsOf(decoder), NO_PROBLEMS);
    }
  });
}

Deno.test("Decoder decodes late packets, and those older than their template", () => {
  const decoder = new Decoder();
  const exporter = new Exporter();
  const early = Array.from({ length: 200 }, (_, n) => exporter.packet(START + n * 50));
  decoder.decode(exporter.packet(START + 10_000, TEMPLATE), START + 10_000, () => {});
  for (const n of [160, 0, 199, 198, 197, 196, 195]) {
    assertEquals(bytesOf(decoder, early[n]!, START + 10_100), 100);
    assertEquals(bytesOf(decoder, exporter.packet(START + 10_100), START + 10_100), 100);
  }
  assertEquals(problemsOf(decoder), NO_PROBLEMS);
});

/** What may happen to clocks, by the time since the start. Returns uptime, and errors of the clocks. */
const CLOCKS: Record<
  string,
  (ms: number) => { uptime?: number; exporter?: number; bot?: number }
> = {
  "an uptime that wraps": (ms) => ({ uptime: (2 ** 32 - 100_000 + ms) % 2 ** 32 }),
  "an uptime that is always 0": () => ({ uptime: 0 }),
  "an uptime that always is the same": () => ({ uptime: 123_456_789 }),
  "an uptime in seconds": (ms) => ({ uptime: 5000 + Math.floor(ms / 1000) }),
  "a clock of the exporter that is set back an hour": (ms) => ({
    exporter: ms < 300_000 ? 0 : -3_600_000,
  }),
  "a clock of the exporter that is set back and forth": (ms) => ({
    exporter: ms < 300_000 || ms > 500_000 ? 0 : 1e9,
  }),
  "a clock of the bot that is set": (ms) => ({ bot: ms < 300_000 ? 0 : 7_200_000 }),
  "clocks of both that are set": (ms) =>
    ms < 300_000 ? {} : { exporter: -3_600_000, bot: -3_600_000 },
  "a clock of the exporter that drifts": (ms) => ({ exporter: ms / 60 }),
  "a clock of the exporter that stands still": (ms) => ({ exporter: -ms }),
};

for (const [name, at] of Object.entries(CLOCKS)) {
  Deno.test(`Decoder keeps the templates of an exporter with ${name}`, () => {
    for (const step of [100, 1000, 60_000]) {
      let decoder = new Decoder();
      const exporter = new Exporter();
      const packet = (ms: number, content?: Uint8Array) => {
        const { uptime, exporter: error = 0, bot = 0 } = at(ms);
        exporter.clockError = error;
        return [exporter.packet(START + ms, content, uptime), START + ms + bot] as const;
      };
      decoder.decode(...packet(0, TEMPLATE), () => {});
      let missing = 0;
      let lost = 0;
      for (let ms = step, n = 0; ms < 900_000; ms += step, n++) {
        // Now and then a packet is missing, or the bot is restarted.
        if (n > 10 && n % 7 === 0) {
          exporter.sequence++;
          missing++;
        } else if (n % 100 === 50) {
          decoder = restart(decoder);
        }
        const [data, now] = packet(ms);
        const { flows, lost: counted } = decode(decoder, data, now);
        assertEquals(flows.length, 1, `after ${ms} ms, a packet each ${step} ms`);
        lost += counted;
      }
      assertEquals(lost, missing);
    }
  });
}

Deno.test("Decoder recognizes an exporter whose packets are missing when its clock is set", () => {
  const decoder = new Decoder();
  const exporter = new Exporter();
  decoder.decode(exporter.packet(START, TEMPLATE), START, () => {});
  exporter.sequence += 5000;
  exporter.clockError = -3_600_000;
  assertEquals(bytesOf(decoder, exporter.packet(START + 60_000), START + 60_000), 100);
  assertEquals(decoder.counts.lost, 5000);
});

Deno.test("Decoder recognizes an exporter without an uptime after an hour without the bot", () => {
  const decoder = new Decoder();
  const exporter = new Exporter();
  decoder.decode(exporter.packet(START, TEMPLATE, 0), START, () => {});
  exporter.sequence += 5000;
  const now = START + 3_600_000;
  const restarted = restart(decoder);
  assertEquals(bytesOf(restarted, exporter.packet(now, DATA, 0), now), 100);
  // The downtime of the bot is no loss.
  assertEquals(problemsOf(restarted), NO_PROBLEMS);
});

Deno.test("Decoder decodes data by a template from another clock of the same exporter", () => {
  const exporter = new Exporter();
  const decoder = new Decoder();
  decoder.decode(exporter.packet(START, TEMPLATE), START, () => {});
  exporter.sequence += 15;
  const uptime = 1_000_000 - 113_535;
  assertEquals(bytesOf(decoder, exporter.packet(START, DATA, uptime), START), 100);
  exporter.sequence += 2000;
  assertEquals(bytesOf(decoder, exporter.packet(START, DATA, uptime - 60_000), START), 0);
});

Deno.test("Decoder forgets the templates of v9 when the exporter reboots", () => {
  const decoder = new Decoder();
  const before = new Exporter();
  decoder.decode(before.packet(START, TEMPLATE), START, () => {});
  for (let n = 1; n < 20; n++) decoder.decode(before.packet(START + n), START + n, () => {});
  const late = before.packet(START + 1000);
  for (const rebooted of [decoder, restart(decoder)]) {
    const now = START + 90_000;
    const after = new Exporter(now - 2000, 0);
    assertEquals(bytesOf(rebooted, after.packet(now), now), 0);
    assertEquals(bytesOf(rebooted, late, now), 100);
    // What was sent before the first template of the new ones is counted by it.
    assertEquals(bytesOf(rebooted, after.packet(now, TEMPLATE), now), 100);
    assertEquals(bytesOf(rebooted, after.packet(now), now), 100);
    assertEquals(problemsOf(rebooted), NO_PROBLEMS);
  }
});

Deno.test("Decoder invents no loss where exporters that booted at once share an address and an id", () => {
  const decoder = new Decoder();
  const exporters = Array.from({ length: 8 }, () => new Exporter(START - 1000, 0));
  for (const exporter of exporters) {
    decoder.decode(exporter.packet(START, TEMPLATE), START, () => {});
  }
  for (let n = 1; n < 500; n++) {
    const now = START + n * 1000;
    for (const [index, exporter] of exporters.entries()) {
      for (let burst = 0; burst < 1 + (n + index) % 3 * index; burst++) {
        assertEquals(bytesOf(decoder, exporter.packet(now), now), 100);
      }
    }
  }
  assertEquals(problemsOf(decoder), NO_PROBLEMS);
});

Deno.test("Decoder invents no loss where exporters of v5 behind one address send once a minute", () => {
  const decoder = new Decoder();
  for (let minute = 0; minute < 5; minute++) {
    const now = START + minute * 60_000;
    for (let n = 0; n < 40; n++) {
      const uptime = 1_000_000 + n * 100_000 + minute * 60_000;
      const header = { sequence: n * 10_000 + minute, uptime, seconds: now / 1000 };
      decoder.decode(v5(header, V5_FLOW), now, () => {});
      assertEquals(problemsOf(decoder), NO_PROBLEMS);
    }
  }
});

Deno.test("Decoder invents no loss where exporters of v5 or IPFIX share an address and an id", () => {
  const two = set(256, ipv4Record(1), ipv4Record(2));
  const decoder = new Decoder();
  let now = START;
  const send = (packet: Uint8Array) => decoder.decode(packet, now += 10, () => {});
  send(ipfix({ sequence: 500 }, set(2, template(256, IPV4_FIELDS))));
  for (let n = 0; n < 300; n++) {
    send(ipfix({ sequence: 500 + 2 * n }, two));
    if (n % 3 === 0) send(ipfix({ sequence: 90_000 + 2 * n / 3 }, two));
    send(v5({ sequence: n, uptime: 5000 }, V5_FLOW));
    send(v5({ sequence: 7000 + n * 2, uptime: 5500 }, V5_FLOW, V5_FLOW));
    send(v5({ sequence: 3_000_000_000 + n, uptime: 900_000 }, V5_FLOW));
  }
  assertEquals(problemsOf(decoder), NO_PROBLEMS);
  send(v5({ sequence: 310, uptime: 5000 }, V5_FLOW));
  assertEquals(decoder.counts.lost, 10);
});
