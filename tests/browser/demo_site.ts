import {
  Collector,
  type CollectorOptions,
  type EntityInfo,
  intervalsOf,
  type Job,
} from "../../mod.ts";
import { type Account, Sandbox } from "../../src/testing/mod.ts";
import { openBotStatus } from "../../src/testing/bot_status.ts";

/** A bot whose devices all answer at once, except those named "printer". */
class DemoBot extends Collector {
  override async *jobs(): AsyncGenerator<Job<EntityInfo>> {
    for await (const device of this.fetchJobConfigs("demo")) {
      yield {
        jobId: `${device.entityId}`,
        name: device.name,
        intervals: intervalsOf(device),
        jobParams: device,
        performJob: async (_intervals, { name, entityId, accountId }, { sendResults }) => {
          if (name.startsWith("printer")) throw new Error("192.0.2.7 refused the login");
          await sendResults(accountId, {
            [`entity.${entityId}.demo.load`]: 50 + 40 * Math.sin(Date.now() / 5000 + entityId),
            [`entity.${entityId}.demo.errors`]: entityId % 3,
          });
        },
      };
    }
  }
}

/** What {@linkcode DemoSite} has. */
export interface DemoSiteOptions {
  /** The names of the devices that are polled. */
  readonly devices?: readonly string[];
  /** The interval at which they are polled, in seconds. */
  readonly interval?: number;
  /** Options of the bot. */
  readonly collector?: CollectorOptions;
}

const DEVICES = ["router", "switch 1", "switch 2", "printer", "access point", "file server"];

/** A sandbox with its page, a bot that collects, and the status page of the bot at `/bot/`. */
export class DemoSite implements AsyncDisposable {
  readonly sandbox: Sandbox;
  readonly account: Account;
  /** The address of the sandbox's page. */
  readonly url: string;
  /** The address of the bot's status page. */
  readonly botUrl: string;
  /** How many values have been stored. */
  stored = 0;
  readonly #stack: AsyncDisposableStack;

  private constructor(
    parts: Pick<DemoSite, "sandbox" | "account" | "url">,
    stack: AsyncDisposableStack,
  ) {
    this.sandbox = parts.sandbox;
    this.account = parts.account;
    this.url = parts.url;
    this.botUrl = `${parts.url}bot/`;
    this.#stack = stack;
    this.sandbox.onValues(({ length }) => this.stored += length);
  }

  /** Starts everything. */
  static async start(options: DemoSiteOptions = {}): Promise<DemoSite> {
    const { devices = DEVICES, interval = 1, collector = {} } = options;
    const sandbox = new Sandbox();
    const account = sandbox.addAccount({ name: "Office" });
    const bot = sandbox.addBot({ protocol: "demo", account });
    const credential = sandbox.addCredential(account, { protocol: "demo" });
    const sensor = sandbox.addSensor(account, { protocol: "demo", defaultInterval: interval });
    for (const name of devices) {
      sandbox.addEntity(account, {
        name,
        protocols: { demo: { credential, bot, sensors: [sensor] } },
      });
    }
    sandbox.addEntity(account, {
      name: "old switch",
      protocols: { demo: { credential, bot, sensors: [] } },
    });
    const stack = new AsyncDisposableStack();
    const logSink = () => {};
    const refresh = 10;
    const status = stack.use(
      await openBotStatus({
        name: "demo-bot",
        token: bot.token,
        jobsRefreshInterval: refresh,
        logSink,
      }),
    );
    const server = stack.use(await sandbox.listen({ page: { bot: status.answer } }));
    const collecting = new DemoBot(server.url, bot.token, refresh, {
      logSink,
      shutdownTimeout: 0.5,
      ...collector,
    });
    status.setCollector(collecting);
    const stop = new AbortController();
    const ended = collecting.execute({ signal: stop.signal });
    stack.defer(async () => {
      stop.abort();
      await ended;
    });
    return new DemoSite({ sandbox, account, url: new URL("/", server.url).href }, stack);
  }

  /** Stops everything. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}
