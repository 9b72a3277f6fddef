import type { Connections } from "../grafolean/connections.ts";
import { ConfigError, GrafoleanError } from "../util/errors.ts";
import type { Questions } from "./questions.ts";
import { Session } from "./session.ts";
import type { SetupFlags } from "./setup_flags.ts";

// A typing mistake or two; Grafolean itself sets no limit.
const MAX_PASSWORDS = 3;

interface LoginOptions {
  readonly backendUrl: string;
  readonly flags: SetupFlags;
  readonly questions: Questions;
  readonly connections: Connections;
  readonly signal: AbortSignal;
}

/** Logs in with the user name and the password of the command line and standard input, or asks for them. */
export async function logIn(
  { backendUrl, flags, questions, connections, signal }: LoginOptions,
): Promise<Session> {
  const askUser = (defaultValue?: string): string =>
    questions.text("User name of an administrator of Grafolean", {
      option: "--user",
      defaultValue,
    });
  let username = flags.user ?? askUser();
  for (let wrong = 0;;) {
    const password = await questions.secret(
      // Whoever has mistyped the password types it again, so the next question must not show it.
      wrong === 0 ? "Password" : `Password of "${username}" (empty: another user name)`,
    );
    if (!password) {
      if (!questions.canAsk) {
        throw new ConfigError([
          `There is no password: it is the first line of standard input, as in "deno task setup --user NAME < password-file"`,
        ]);
      }
      if (wrong > 0) username = askUser(username);
      continue;
    }
    const { secrets } = questions;
    const session = new Session({ backendUrl, username, password, secrets, connections, signal });
    try {
      await session.login();
      return session;
    } catch (error) {
      const isWrong = error instanceof GrafoleanError && error.status === 401;
      if (!isWrong || !questions.canAsk || ++wrong === MAX_PASSWORDS) throw error;
      questions.tell(
        "The user name or the password is wrong (Grafolean wants the user name, not the e-mail address)",
      );
    }
  }
}
