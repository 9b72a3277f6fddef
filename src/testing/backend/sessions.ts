import { Buffer } from "node:buffer";
import { AnswerError, bare } from "./answer.ts";
import type { Database } from "./database.ts";
import { type Ids, MAX_ID } from "./ids.ts";
import { shownPermissions } from "./permission.ts";
import { PythonError } from "./python_json.ts";
import type { PersonRecord } from "./users.ts";

/** How long a JWT is valid, in seconds. Use does not extend it. */
const VALID_S = 600;
/** How long it can be refreshed afterwards. */
const REFRESHABLE_S = 600;

/** A login of a person. */
export interface Session {
  readonly person: PersonRecord;
  /** The answer to the login. */
  readonly body: Readonly<Record<string, unknown>>;
  /** When it ends, in UNIX seconds. */
  readonly expiresAt: number;
}

/** The people who are logged in, by the JWT that they send. */
export class Sessions {
  readonly #ids: Ids;
  readonly #database: Database;
  readonly #keyId: number;
  readonly #byJwt = new Map<string, Session>();

  constructor(ids: Ids, database: Database) {
    this.#ids = ids;
    this.#database = database;
    this.#keyId = ids.next();
  }

  /**
   * Logs a person in.
   *
   * @returns The value of the `Authorization` header, and the session.
   */
  begin(person: PersonRecord, validS: number = VALID_S): [authorization: string, Session] {
    return this.#issue(person, {
      user_id: person.id,
      session_id: this.#ids.digits(64),
      permissions: shownPermissions(person.permissions),
    }, validS);
  }

  /**
   * Replaces the JWT of a session that is valid, or was until some minutes ago.
   *
   * @returns The new value of the header, and the old session.
   */
  refresh(authorization: string): [authorization: string, Session] {
    const old = this.read(authorization, REFRESHABLE_S);
    return [this.#issue(old.person, old.body, VALID_S)[0], old];
  }

  /**
   * Finds the session of a request.
   *
   * @param leewayS How long a JWT is accepted after its end, in seconds.
   * @throws {AnswerError} With 401 if there is none.
   * @throws {PythonError} If the id of the key is no integer, or the database is down.
   */
  read(authorization: string, leewayS = 0): Session {
    const [, keyId, jwt] = /^Bearer ([^:]*):(.*)$/s.exec(authorization) ?? [];
    if (keyId === undefined) throw denied();
    this.#database.query();
    if (!/^\s*[+-]?[0-9]+\s*$/.test(keyId) || Math.abs(Number(keyId)) > MAX_ID) {
      throw new PythonError("DataError: no id");
    }
    const session = Number(keyId) === this.#keyId ? this.#byJwt.get(jwt!) : undefined;
    if (session === undefined || session.expiresAt + leewayS <= Date.now() / 1000) throw denied();
    return session;
  }

  #issue(person: PersonRecord, body: Session["body"], validS: number): [string, Session] {
    const session = { person, body, expiresAt: Math.floor(Date.now() / 1000) + validS };
    const parts = [{ alg: "HS256", typ: "JWT" }, { ...body, exp: session.expiresAt }]
      .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"));
    // Not signed: what counts is that it is known.
    const jwt = [...parts, this.#ids.digits(43)].join(".");
    this.#byJwt.set(jwt, session);
    return [`Bearer ${this.#keyId}:${jwt}`, session];
  }
}

function denied(): AnswerError {
  return new AnswerError(bare(401, "Access denied"));
}
