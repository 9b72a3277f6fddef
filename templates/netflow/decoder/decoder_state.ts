import type { DecoderState } from "./decoder.ts";

/** Whether a {@linkcode DecoderState} from a file is one. A damaged one could make the decoder read beside a packet. */
export function isDecoderState(value: unknown): value is DecoderState {
  return isRecord(value) && isRates(value["rates"]) && isListOf(value["domains"], isDomain);
}

function isDomain(value: unknown): boolean {
  if (!Array.isArray(value)) return false;
  const [version, id, state] = value;
  return isNumber(version) && isNumber(id) && isRecord(state) && isRates(state["rates"]) &&
    isListOf(state["sequence"], isNumber) && isListOf(state["templates"], isTemplate) &&
    (state["boot"] === undefined || isBoot(state["boot"]));
}

function isBoot(value: unknown): boolean {
  return isRecord(value) && isNumber(value["uptime"]) && isListOf(value["times"], isNumber) &&
    Number.isInteger(value["trust"]);
}

function isRates(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const isRate = (pair: unknown) => isListOf(pair, isNumber) && pair.length === 2;
  const { any, samplers, interfaces, templates } = value;
  return (any === undefined || isNumber(any)) && isListOf(samplers, isRate) &&
    isListOf(interfaces, isRate) && isListOf(templates, isRate);
}

function isTemplate(value: unknown): boolean {
  if (!isListOf(value, Number.isInteger)) return false;
  const [id = 0, , ...fields] = value as number[];
  let bytes = 0;
  for (let n = 0; n < fields.length; n += 3) {
    const [element = 0, length = -1, enterprise = 0] = fields.slice(n, n + 3);
    if (element < 0 || length < 0 || length > 0xffff || enterprise < -1) return false;
    bytes += length;
  }
  return id > 0 && fields.length <= 3000 && fields.length % 3 === 0 && bytes > 0;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isListOf(value: unknown, isItem: (item: unknown) => boolean): value is unknown[] {
  return Array.isArray(value) && value.every(isItem);
}

function isNumber(value: unknown): boolean {
  return Number.isFinite(value) && (value as number) >= 0;
}
