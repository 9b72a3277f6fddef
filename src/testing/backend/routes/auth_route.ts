import { type Answer, AnswerError, detail, json } from "../answer.ts";
import type { Handlers } from "../exchange.ts";
import { permissionsJson } from "../permission.ts";
import { PythonError } from "../python_json.ts";
import { readModel } from "../request_model.ts";
import { botJson } from "./bots_route.ts";
import { personJson } from "./persons_route.ts";
import { text } from "./record_fields.ts";

/** Logs a person in by the user name, not by the e-mail address. */
export const login: Handlers = {
  POST: async ({ state }, exchange) => {
    const { username, password } = await readModel(exchange, ["username", "password"]);
    state.database.query();
    const person = state.users.personByName(text(username));
    if (person?.password !== text(password)) return detail(401, "Invalid credentials");
    const [authorization, session] = state.sessions.begin(person);
    return withJwt(authorization, `${session.json}}`);
  },
};

/** The body has the end of the old JWT, not of the new one. */
export const refresh: Handlers = {
  POST: ({ state }, { headers }) => {
    try {
      const [authorization, old] = state.sessions.refresh(headers.get("authorization") ?? "");
      return withJwt(authorization, `${old.json},"exp":${old.expiresAt}}`);
    } catch (error) {
      if (error instanceof AnswerError || error instanceof PythonError) {
        return detail(401, "Access denied");
      }
      throw error;
    }
  },
};

/** Whoever sends the request. A deleted person, who is logged in until the JWT expires, has no record. */
export const profile: Handlers = {
  GET: ({ state }, { user: { id, type } }) => {
    const user = state.users.get(id);
    const record = user && (user.type === "bot" ? botJson(user) : JSON.stringify(personJson(user)));
    return json(`{"user_id":${id},"user_type":"${type}","record":${record ?? null}}`);
  },
};

export const profilePermissions: Handlers = {
  GET: (_, { user }) => json(`{"list":${permissionsJson(user.permissions)}}`),
};

function withJwt(authorization: string, body: string): Answer {
  const answer = json(body);
  return { ...answer, headers: { ...answer.headers, "x-jwt-token": authorization } };
}
