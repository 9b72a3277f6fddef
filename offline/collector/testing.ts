// See mod.ts beside this file.
export * from "../../src/testing/mod.ts";
