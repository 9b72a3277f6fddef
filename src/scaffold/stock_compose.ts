/** The host of Grafolean in the network of its own Docker Compose. */
export const STOCK_HOST = "grafolean";

/** The folder in which Grafolean's own Docker Compose shares the tokens of its bots. */
export const TOKEN_FOLDER = "/shared-secrets/tokens";

/** The network of Grafolean's own Docker Compose in a folder named `grafolean`. */
export const STOCK_NETWORK = "grafolean_grafolean";

/** The volume that holds {@linkcode TOKEN_FOLDER}, likewise. */
export const STOCK_SECRETS = "grafolean_shared-secrets";

/** A bot that is a part of Grafolean's own Docker Compose. */
export interface StockBot {
  /** The names of its services. */
  readonly services: readonly string[];
  /** The file that holds its token. */
  readonly tokenFile: string;
}

const SERVICES: ReadonlyMap<string, readonly string[]> = new Map([
  ["ping", ["pingbot"]],
  ["snmp", ["snmpbot"]],
  ["netflow", ["netflowbot", "netflowcollector", "netflowwriter"]],
]);

/** The bot that polls a protocol in Grafolean's own Docker Compose, if there is one. */
export function stockBotOf(protocol: string): StockBot | undefined {
  const services = SERVICES.get(protocol);
  return services && { services, tokenFile: `${TOKEN_FOLDER}/${protocol}-bot.token` };
}
