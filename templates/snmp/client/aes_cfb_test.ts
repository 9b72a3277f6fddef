import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { Buffer } from "node:buffer";
import { createCipheriv } from "node:crypto";
// @ts-types="@types/net-snmp"
import snmp from "net-snmp";
import { aesCfb, ensureAesCfb, hasAesCfb } from "./aes_cfb.ts";

const bytes = (hex: string): Buffer => Buffer.from(hex.replaceAll(/\s/g, ""), "hex");

// NIST SP 800-38A, F.3.13 and F.3.17.
const IV = bytes("000102030405060708090a0b0c0d0e0f");
const PLAIN = bytes(`
  6bc1bee22e409f96e93d7e117393172a ae2d8a571e03ac9c9eb76fac45af8e51
  30c81c46a35ce411e5fbc1191a0a52ef f69f2445df4f9b17ad2b417be66c3710`);
const VECTORS = [
  {
    name: "CFB128-AES128",
    key: bytes("2b7e151628aed2a6abf7158809cf4f3c"),
    cipher: bytes(`
      3b3fd92eb72dad20333449f8e83cfb4a c8a64537a0b3a93fcde3cdad9f1ce58b
      26751f67a3cbb140b1808cf187a4f4df c04b05357c5d1c0eeac4c66f9ff7f2e6`),
  },
  {
    name: "CFB128-AES256",
    key: bytes("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4"),
    cipher: bytes(`
      dc7e84bfda79164b7ecd8486985d3860 39ffed143b28b1c832113c6331e5407b
      df10132415e54b92a13ed0a8267ae2f9 75a385741ab9cef82031623d55b1e471`),
  },
];

for (const { name, key, cipher } of VECTORS) {
  Deno.test(`aesCfb computes the published example ${name}`, () => {
    assertEquals(aesCfb(key, IV, PLAIN, "encrypt").toString("hex"), cipher.toString("hex"));
    assertEquals(aesCfb(key, IV, cipher, "decrypt").toString("hex"), PLAIN.toString("hex"));
  });
}

Deno.test("aesCfb decrypts what it encrypted, of any length", () => {
  const block = fc.uint8Array({ minLength: 16, maxLength: 16 });
  fc.assert(fc.property(block, block, fc.uint8Array({ maxLength: 100 }), (key, iv, text) => {
    const [k, v, plain] = [Buffer.from(key), Buffer.from(iv), Buffer.from(text)];
    const cipher = aesCfb(k, v, plain, "encrypt");
    assertEquals(cipher.length, plain.length);
    assertEquals(aesCfb(k, v, cipher, "decrypt"), plain);
    if (hasAesCfb()) {
      const native = createCipheriv("aes-128-cfb", k, v);
      assertEquals(Buffer.concat([native.update(plain), native.final()]), cipher);
    }
  }));
});

interface Cipher {
  encryptPdu(
    pdu: Buffer,
    ...rest: unknown[]
  ): { encryptedPdu: Buffer; msgPrivacyParameters: Buffer };
  decryptPdu(pdu: Buffer, ...rest: unknown[]): Buffer;
}

Deno.test("ensureAesCfb makes net-snmp encrypt and decrypt with AES", () => {
  ensureAesCfb();
  // The types of net-snmp expect an algorithm where it takes an engine.
  const ciphers = snmp.Encryption.algorithms as unknown as Readonly<Record<number, Cipher>>;
  const { aes, aes256b, aes256r } = snmp.PrivProtocols;
  const engine = { engineID: bytes("8000000001020304"), engineBoots: 3, engineTime: 70_000 };
  const key = ["a password", snmp.AuthProtocols.sha, engine] as const;
  for (const protocol of [aes, aes256b, aes256r]) {
    const cipher = ciphers[protocol] as Cipher;
    const { encryptedPdu, msgPrivacyParameters: salt } = cipher.encryptPdu(PLAIN, protocol, ...key);
    assertEquals(encryptedPdu.length, PLAIN.length);
    assertEquals(cipher.decryptPdu(encryptedPdu, protocol, salt, ...key), PLAIN);
  }
});
