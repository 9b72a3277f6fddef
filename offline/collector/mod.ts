// The door for bots that use this checkout. Deno warns at every command when the import map of a project leads straight
// to a file whose deno.json has `links`; this folder has a deno.json without.
export * from "../../mod.ts";
