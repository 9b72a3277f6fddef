import { EntityWriter } from "../../src/entities/entity_writer.ts";
import { GrafoleanClient } from "../../src/grafolean/client.ts";
import { listEntities } from "../../src/grafolean/routes.ts";
import type { WireEntity } from "../../src/grafolean/wire.ts";
import { type Account, type Bot, type Grants, Sandbox } from "../../src/testing/mod.ts";
import { ProblemLog } from "../../src/util/problem_log.ts";

/** A Grafolean with one account, and a bot that writes its entities. */
export class EntitiesKit {
  readonly sandbox = new Sandbox();
  readonly account: Account;
  readonly bot: Bot;
  readonly client: GrafoleanClient;
  readonly writer: EntityWriter;
  /** What was logged above debug level. */
  readonly lines: string[] = [];

  constructor({ grants = "all", dryRun = false }: { grants?: Grants; dryRun?: boolean } = {}) {
    this.account = this.sandbox.addAccount();
    this.bot = this.sandbox.addBot({
      protocol: "snmp",
      account: this.account,
      permissions: grants,
    });
    this.client = new GrafoleanClient("http://sandbox/api", this.bot.token, {
      fetch: this.sandbox.fetch,
      maxAttempts: 1,
    });
    const write = (line: string): void => void this.lines.push(line);
    const problems = new ProblemLog({ debug() {}, info: write, warn: write, error: write });
    this.writer = new EntityWriter(this.client, problems, dryRun);
  }

  /** Reads the entities of the account. */
  async entities(): Promise<readonly WireEntity[]> {
    return (await listEntities(this.client, this.account.id)).items;
  }

  /** The number of requests that read. */
  get reads(): number {
    return this.sandbox.requests.entries.filter(({ method }) => method === "GET").length;
  }

  /** The methods of the requests that write. */
  get writes(): string[] {
    return this.sandbox.requests.entries.map(({ method }) => method).filter((m) => m !== "GET");
  }
}
