import { assert, assertEquals, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
import { parse } from "@std/dotenv/parse";
import config from "../../deno.json" with { type: "json" };
import { SETTINGS } from "../../src/bot/settings.ts";
import type { ProjectOptions } from "../../src/scaffold/project_options.ts";
import { renderProject } from "../../src/scaffold/render_project.ts";
import { findTemplate, TEMPLATES } from "../../src/scaffold/templates.ts";
import type { Template } from "../../templates/template.ts";
import { projectOptions } from "./project_kit.ts";

const NAMES = Object.values(SETTINGS).map(({ name }) => name);
const CHECKOUT = "file:///home/me/the%20library/";

function render(options: Partial<ProjectOptions> = {}): Map<string, string> {
  return renderProject(projectOptions({ name: "mybot", template: TEMPLATES[0], ...options }));
}

function file(options: Partial<ProjectOptions>, path: string): string {
  const text = render(options).get(path);
  assert(text !== undefined, path);
  return text;
}

function denoJson(options: Partial<ProjectOptions>) {
  return JSON.parse(file(options, "deno.json"));
}

const MADE_UP: Template = {
  name: "madeup",
  about: "",
  protocol: "madeup",
  protocolChoice: "template",
  botName: "madeup-bot",
  className: "MadeUpBot",
  files: {
    "main.ts": `import { MadeUpBot } from "./bot.ts";\nrun(MadeUpBot, "madeup-bot");\n`,
    "bot.ts": `const PROTOCOL = "madeup";\nexport class MadeUpBot {} // NotMadeUpBot, "madeup"\n`,
  },
  readme: "# Made up\n\nFor the protocol `madeup`.\n",
  permissions: { net: [], run: ["ping"] },
  testPermissions: {},
};

Deno.test("renderProject renders every file of a project", () => {
  for (const template of TEMPLATES) {
    const paths = [...render({ template }).keys()];
    const expected =
      "deno.json main.ts bot.ts bot_test.ts dev.ts setup.ts .env .env.example .gitignore " +
      "data/.gitignore README.md Dockerfile .dockerignore compose.yaml mybot.service";
    for (const path of expected.split(" ")) {
      assert(paths.includes(path), `${template.name}: ${path}`);
    }
  }
});

Deno.test("renderProject replaces the protocol, the class name and the bot name, and nothing else", () => {
  const files = render({
    template: MADE_UP,
    name: "my-watch",
    protocol: "web",
  });
  assertEquals(
    files.get("main.ts"),
    `import { MyWatchBot } from "./bot.ts";\nrun(MyWatchBot, "my-watch");\n`,
  );
  assertEquals(
    files.get("bot.ts"),
    `const PROTOCOL = "web";\nexport class MyWatchBot {} // NotMadeUpBot, "madeup"\n`,
  );
  const readme = files.get("README.md")!;
  assertMatch(readme, /^# my-watch\n/);
  assertStringIncludes(readme, "For the protocol `web`.");
  assertEquals(readme.includes("# Made up"), false);
});

Deno.test("renderProject refuses a template without the texts to replace", () => {
  for (
    const text of ["MadeUpBot", `"madeup-bot"`, `const PROTOCOL = "madeup";`]
  ) {
    const files = Object.fromEntries(
      Object.entries(MADE_UP.files).map((
        [path, source],
      ) => [path, source.replaceAll(text, "x")]),
    );
    assertThrows(
      () => render({ template: { ...MADE_UP, files } }),
      Error,
      "Cannot find",
    );
  }
});

Deno.test("renderProject refuses names and hosts that would break the code or a command", () => {
  assertThrows(() => render({ name: "My Bot" }), RangeError, `"My Bot"`);
  assertThrows(
    () => render({ protocol: `"; evil(); "` }),
    RangeError,
    "protocol",
  );
  assertThrows(() => render({ backendUrl: "http://x;whoami/api" }), RangeError, "x;whoami");
});

Deno.test("renderProject keeps no name of the template", () => {
  for (const template of TEMPLATES) {
    for (const [path, text] of render({ template, name: "zebra" })) {
      if (!path.endsWith(".ts")) continue;
      assertEquals(text.includes(`"${template.botName}"`), false, path);
      assertEquals(text.includes("src/scaffold"), false, path);
    }
  }
});

Deno.test("renderProject restores the package names that JSR replaces by specifiers", () => {
  const version = config.version;
  const files = {
    ...MADE_UP.files,
    "bot.ts": MADE_UP.files["bot.ts"] +
      `import { Collector } from "jsr:@grafolean/collector@^${version}";\n` +
      `import { Sandbox } from "jsr:@grafolean/collector@^${version}/testing";\n` +
      `import { delay } from "${config.imports["@std/async"].replace("jsr:", "jsr:/")}/delay";\n` +
      `import snmp from "${config.imports["net-snmp"]}";\n`,
  };
  const rendered = render({ template: { ...MADE_UP, files } });
  assertStringIncludes(
    rendered.get("bot.ts")!,
    `import { Collector } from "@grafolean/collector";\n` +
      `import { Sandbox } from "@grafolean/collector/testing";\n` +
      `import { delay } from "@std/async/delay";\n` +
      `import snmp from "net-snmp";\n`,
  );
  assertEquals(JSON.parse(rendered.get("deno.json")!).imports, {
    "@grafolean/collector": `jsr:@grafolean/collector@^${version}`,
    "@std/async": config.imports["@std/async"],
    "net-snmp": config.imports["net-snmp"],
  });
});

Deno.test("renderProject depends on this version of the library", () => {
  const { imports, links, workspace, lock } = denoJson({});
  assertEquals(
    imports["@grafolean/collector"],
    `jsr:@grafolean/collector@^${config.version}`,
  );
  assertEquals([links, workspace, lock], [undefined, undefined, undefined]);
});

Deno.test("renderProject links the checkout, and the imports stay the same", () => {
  for (const template of TEMPLATES) {
    const { imports, links, workspace, lock } = denoJson({ template, checkout: CHECKOUT });
    assertEquals(imports, denoJson({ template }).imports);
    assertEquals([links, workspace, lock], [[CHECKOUT], [], false]);
  }
});

Deno.test("renderProject lists the same permissions in every task that runs or compiles the bot", () => {
  for (const template of TEMPLATES) {
    const { tasks } = denoJson({
      template,
      backendUrl: "https://grafolean.example.com/api",
    });
    const flags = /^deno run (.*) main\.ts$/.exec(tasks.start.command)![1]!;
    assertStringIncludes(flags, "--no-prompt");
    assertEquals(/--allow-all|-A\b/.test(JSON.stringify(tasks)), false);
    for (const name of NAMES) assertStringIncludes(flags, name);
    const compiled = Object.keys(tasks).filter((name) => /^compile(:\w+-\w+)?$/.test(name));
    assertEquals(compiled.length, 6);
    for (const name of compiled) {
      assertStringIncludes(tasks[name].command, `deno compile ${flags} `);
      assertEquals(tasks[name].command.includes("env-file"), false);
    }
    assertEquals(tasks["compile:all"].dependencies, compiled.slice(1));
  }
});

Deno.test("renderProject restricts a bot that needs no other host to Grafolean and its status port", () => {
  const start = (backendUrl: string) =>
    denoJson({ template: MADE_UP, backendUrl }).tasks.start.command;
  assertMatch(
    start("https://grafolean.example.com/api"),
    /--allow-net=grafolean\.example\.com:443,grafolean:80,127\.0\.0\.1:9464,0\.0\.0\.0:9464 /,
  );
  assertMatch(
    start("http://[::1]:8080/api"),
    /--allow-net=\[::1\]:8080,grafolean:80,127\.0\.0\.1:9464,/,
  );
  assertMatch(start(""), /--allow-net /);
  assertMatch(start(""), /--allow-run=ping /);
});

Deno.test("renderProject explains and sets every setting in .env", () => {
  const backendUrl = "https://grafolean.example.com/api";
  const env = file({ backendUrl }, ".env");
  const set = parse(env);
  assertEquals(set["BACKEND_URL"], backendUrl);
  for (const name of ["BACKEND_URL", "BOT_TOKEN"]) {
    assertStringIncludes(env, `\n# deno task setup fills this in.\n${name}=`);
  }
  assertEquals(set["OUTBOX_FILE"], "data/outbox.db");
  for (const name of NAMES) {
    assertMatch(env, new RegExp(`# .+\\n(# )?${name}=`));
  }
  // Credentials in clear text are for those who ask for them.
  for (const name of ["BOT_TOKEN_FROM_FILE", "DEVICES_FILE"]) assertEquals(name in set, false);
  assertStringIncludes(env, "\n# DEVICES_FILE=data/devices.json\n");
});

Deno.test("renderProject sets a template's own settings to their defaults", () => {
  const settings = {
    port: { name: "MY_PORT", default: "7", about: "A port.", parse: Number },
    host: { name: "MY_HOST", about: "A host.", parse: String },
  };
  const template = { ...MADE_UP, settings };
  assertStringIncludes(
    file({ template }, ".env"),
    "\n# A port.\nMY_PORT=7\n\n# A host.\nMY_HOST=\n",
  );
  assertStringIncludes(denoJson({ template }).tasks.start.command, ",MY_PORT,MY_HOST");
});

Deno.test("renderProject quotes odd defaults in .env", () => {
  for (const text of ["a#b", "a$HOME", `it's`, `a"b`, `a\\b`, `'"$#\\`, "a=b"]) {
    const settings = { odd: { name: "ODD", default: text, about: "Odd.", parse: String } };
    const template = { ...MADE_UP, settings };
    assertEquals(parse(file({ template }, ".env"))["ODD"], text);
  }
});

Deno.test("renderProject keeps the settings out of git and images", () => {
  const example = parse(file({ backendUrl: "http://secret.host/api" }, ".env.example"));
  assertEquals([example["BACKEND_URL"], example["BOT_TOKEN"]], ["", ""]);
  assertMatch(file({}, ".gitignore"), /^\.env$/m);
  // Such as .env.production; the example belongs in git.
  assertMatch(file({}, ".gitignore"), /^\.env\.\*\n!\.env\.example$/m);
  assertMatch(file({}, ".dockerignore"), /^\.env\.\*$/m);
  assertMatch(file({}, ".dockerignore"), /^\.env$/m);
});

Deno.test("renderProject renders an image with an unprivileged user and a health check", () => {
  for (const template of TEMPLATES) {
    const dockerfile = file({ template }, "Dockerfile");
    assertMatch(dockerfile, /^FROM denoland\/deno:debian-2\.9\.6 AS build$/m);
    assertMatch(dockerfile, /^RUN deno task compile/m);
    assertMatch(dockerfile, /^USER 65532:65532$/m);
    assertMatch(dockerfile, /^HEALTHCHECK .*"--health"\]$/m);
    assertMatch(dockerfile, /^ENTRYPOINT \["\/usr\/local\/bin\/mybot"\]$/m);
    for (const name of template.debianPackages ?? []) {
      assertStringIncludes(dockerfile, name);
    }
    for (const port of template.ports ?? []) {
      assertStringIncludes(dockerfile, `EXPOSE ${port}`);
    }
  }
  const local = file({ checkout: CHECKOUT }, "Dockerfile");
  assertStringIncludes(
    local,
    `--build-context collector='/home/me/the library' .`,
  );
  assertStringIncludes(
    local,
    `COPY --from=collector [".","/home/me/the library"]`,
  );
  const windows = "file:///C:/library/";
  assertEquals(file({ checkout: windows }, "Dockerfile").includes("--from=collector"), false);
});

Deno.test("renderProject runs an image that listens on the network of the host", () => {
  for (const template of TEMPLATES) {
    const isHost = template.ports !== undefined;
    assertEquals(file({ template }, "Dockerfile").includes("--network host"), isHost);
    assertEquals(/ -p \d/.test(file({ template }, "Dockerfile")), false);
    assertEquals(file({ template }, "compose.yaml").includes("network_mode: host"), isHost);
  }
});

Deno.test("renderProject suggests a status port that the bot may open", () => {
  for (const template of TEMPLATES) {
    const env = file({ template }, ".env");
    for (const line of ["# HEALTH_PORT=9464", "# HEALTH_HOST=127.0.0.1", "# HEALTH_TOKEN="]) {
      assertEquals(env.split("\n").filter((each) => each === line).length, 1, line);
    }
    const flags = file({ template }, "deno.json").match(/--allow-net\S* /)![0];
    const isLimited = flags !== "--allow-net ";
    assertEquals(flags.includes("127.0.0.1:9464,0.0.0.0:9464"), isLimited, flags);
    for (const each of [env, file({ template }, ".env.example")]) {
      assertEquals(each.includes("status on port"), isLimited, template.name);
    }
    assertMatch(file({ template }, "main.ts"), /status: statusPort\(\)/);
    // On the network of the host the port must not be open to others.
    const isHost = template.ports !== undefined;
    assertEquals(file({ template }, "Dockerfile").includes("ENV HEALTH_HOST=0.0.0.0"), !isHost);
    assertEquals(file({ template }, "compose.yaml").includes("- 127.0.0.1:9464:9464"), !isHost);
  }
});

Deno.test("renderProject has no heading twice in the README", () => {
  for (const template of TEMPLATES) {
    const headings = file({ template }, "README.md").match(/^#+ .*$/gm)!;
    assertEquals(headings, [...new Set(headings)], template.name);
  }
});

Deno.test("renderProject explains in the README how to switch from a checkout to JSR", () => {
  assertStringIncludes(file({ checkout: CHECKOUT }, "README.md"), `"links"`);
  assertEquals(file({}, "README.md").includes(`"links"`), false);
});

Deno.test("findTemplate finds each template by a name of its own", () => {
  for (const template of TEMPLATES) {
    assertEquals(findTemplate(template.name), template);
  }
  assertEquals(findTemplate("nonesuch"), undefined);
});

Deno.test(
  "renderProject renders a unit that systemd accepts (needs systemd)",
  { ignore: !hasSystemd() },
  async () => {
    for (const template of TEMPLATES) {
      const dir = await Deno.makeTempDir();
      try {
        const unit = `${dir}/mybot.service`;
        // systemd checks that the executable exists.
        const text = file({ template }, "mybot.service").replace(
          /^ExecStart=.*$/m,
          "ExecStart=/bin/true",
        );
        await Deno.writeTextFile(unit, text);
        const verify = new Deno.Command("systemd-analyze", { args: ["verify", unit] });
        const { code, stderr } = await verify.output();
        assertEquals([code, new TextDecoder().decode(stderr)], [0, ""], template.name);
      } finally {
        await Deno.remove(dir, { recursive: true });
      }
    }
  },
);

function hasSystemd(): boolean {
  try {
    return new Deno.Command("systemd-analyze", { args: ["--version"] }).outputSync().success;
  } catch {
    return false;
  }
}
