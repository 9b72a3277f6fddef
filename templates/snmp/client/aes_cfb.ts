// AES in CFB mode, the encryption of SNMPv3, for runtimes whose node:crypto lacks it (Deno: "Unknown cipher"). It is built
// from single AES blocks and added to net-snmp's table of ciphers; a runtime that has the mode uses its own.

import { Buffer } from "node:buffer";
import { createCipheriv, randomBytes } from "node:crypto";
// @ts-types="@types/net-snmp"
import snmp from "net-snmp";

const BLOCK = 16;

/** Makes AES work in net-snmp on this runtime. Can be called repeatedly. */
export function ensureAesCfb(): void {
  if (hasAesCfb()) return;
  const { aes, aes256b, aes256r } = snmp.PrivProtocols;
  for (const protocol of [aes, aes256b, aes256r] as const) {
    Object.assign(snmp.Encryption.algorithms[protocol], { encryptPdu, decryptPdu });
  }
}

/** Whether the runtime has the mode. */
export function hasAesCfb(): boolean {
  try {
    createCipheriv("aes-128-cfb", Buffer.alloc(BLOCK), Buffer.alloc(BLOCK));
    return true;
  } catch {
    return false;
  }
}

/** Encrypts or decrypts with AES in CFB mode with full-block feedback; the key length selects AES-128 or AES-256. */
export function aesCfb(
  key: Buffer,
  iv: Buffer,
  input: Buffer,
  direction: "encrypt" | "decrypt",
): Buffer {
  const output = Buffer.alloc(input.length);
  const ciphertext = direction === "encrypt" ? output : input;
  const ecb = createCipheriv(`aes-${key.length * 8}-ecb`, key, null);
  ecb.setAutoPadding(false);
  let feedback = iv;
  for (let at = 0; at < input.length; at += BLOCK) {
    const stream = ecb.update(feedback);
    for (let i = at; i < Math.min(at + BLOCK, input.length); i++) {
      output[i] = (input[i] ?? 0) ^ (stream[i - at] ?? 0);
    }
    feedback = ciphertext.subarray(at, at + BLOCK);
  }
  ecb.final(); // returns nothing, but frees the cipher in Deno
  return output;
}

type Aes = snmp.PrivProtocols.aes | snmp.PrivProtocols.aes256b | snmp.PrivProtocols.aes256r;

interface Engine {
  readonly engineID: Buffer;
  readonly engineBoots: number;
  readonly engineTime: number;
}

// The key depends on password and device, the initialization vector on time and salt (RFC 3826).
function keyAndIv(
  protocol: Aes,
  password: string,
  authProtocol: snmp.AuthProtocols,
  engine: Engine,
  salt: Buffer,
): { key: Buffer; iv: Buffer } {
  const algorithm = snmp.Encryption.algorithms[protocol];
  const iv = Buffer.alloc(BLOCK);
  iv.writeUInt32BE(engine.engineBoots, 0);
  iv.writeUInt32BE(engine.engineTime, 4);
  salt.copy(iv, 8, 0, 8);
  return {
    key: algorithm.localizationAlgorithm(algorithm, authProtocol, password, engine.engineID),
    iv,
  };
}

function encryptPdu(
  pdu: Buffer,
  protocol: Aes,
  password: string,
  authProtocol: snmp.AuthProtocols,
  engine: Engine,
): { encryptedPdu: Buffer; msgPrivacyParameters: Buffer } {
  const salt = randomBytes(8);
  const { key, iv } = keyAndIv(protocol, password, authProtocol, engine, salt);
  return { encryptedPdu: aesCfb(key, iv, pdu, "encrypt"), msgPrivacyParameters: salt };
}

function decryptPdu(
  pdu: Buffer,
  protocol: Aes,
  salt: Buffer,
  password: string,
  authProtocol: snmp.AuthProtocols,
  engine: Engine,
): Buffer {
  const { key, iv } = keyAndIv(protocol, password, authProtocol, engine, salt);
  return aesCfb(key, iv, pdu, "decrypt");
}
