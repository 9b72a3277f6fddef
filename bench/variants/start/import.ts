// A program that only imports the library.
import { Collector } from "../../../mod.ts";

Object.assign(globalThis, { Collector });
