import { type Answer, AnswerError, detail, json } from "../answer.ts";
import type { Routes } from "../exchange.ts";
import { shownPermissions } from "../permission.ts";
import { PythonError } from "../python_json.ts";
import { readModel } from "../request_model.ts";
import { shownBot } from "./bot_routes.ts";
import { shownPerson } from "./person_routes.ts";
import { text } from "./record_fields.ts";

export const authRoutes: Routes = {
  /** Logs a person in by the user name, not by the e-mail address. */
  "auth/login": {
    POST: async (call) => {
      const { username, password } = await readModel(call, ["username", "password"]);
      const { database, sessions, users } = call.state;
      database.query();
      const name = text(username);
      const person = users.people().find((person) => person.username === name);
      if (person?.password !== text(password)) return detail(401, "Invalid credentials");
      const [authorization, session] = sessions.begin(person);
      return withJwt(authorization, session.body);
    },
  },
  /** The body has the end of the old JWT, not of the new one. */
  "auth/refresh": {
    POST: ({ state, headers }) => {
      try {
        const [authorization, old] = state.sessions.refresh(headers.get("authorization") ?? "");
        return withJwt(authorization, { ...old.body, exp: old.expiresAt });
      } catch (error) {
        if (error instanceof AnswerError || error instanceof PythonError) {
          return detail(401, "Access denied");
        }
        throw error;
      }
    },
  },
  /** Whoever sends the request. A deleted person, who is logged in until the JWT expires, has no record. */
  "profile": {
    GET: ({ state, user: { id, type } }) => {
      const user = state.users.get(id);
      const record = user && (user.type === "bot" ? shownBot(user) : shownPerson(user));
      return json({ user_id: id, user_type: type, record: record ?? null });
    },
  },
  "profile/permissions": {
    GET: ({ user }) => json({ list: shownPermissions(user.permissions) }),
  },
};

function withJwt(authorization: string, body: unknown): Answer {
  const answer = json(body);
  return { ...answer, headers: { ...answer.headers, "x-jwt-token": authorization } };
}
