import { assert, assertEquals, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
import { parse } from "@std/dotenv/parse";
import { CONFIG_NAMES } from "../../src/bot/config.ts";
import type { LibrarySource } from "../../src/scaffold/library_source.ts";
import type { ProjectOptions } from "../../src/scaffold/project.ts";
import { renderProject } from "../../src/scaffold/render_project.ts";
import type { Template } from "../../templates/template.ts";
import { findTemplate, TEMPLATES } from "../../src/scaffold/templates.ts";
import config from "../../deno.json" with { type: "json" };

const CHECKOUT: LibrarySource = {
  kind: "checkout",
  url: "file:///home/me/the%20library/",
};
const TOKEN = "0d7f6c1e-1234-4abc-8def-0123456789ab";

function render(options: Partial<ProjectOptions> = {}): Map<string, string> {
  return renderProject({
    name: "mybot",
    template: TEMPLATES[0],
    library: { kind: "jsr" },
    denoVersion: "2.9.6",
    ...options,
  });
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

Deno.test("renderProject has everything that a project needs", () => {
  for (const template of TEMPLATES) {
    const paths = [...render({ template }).keys()];
    for (
      const path of [
        "deno.json",
        "main.ts",
        "bot.ts",
        "bot_test.ts",
        "dev.ts",
        ".env",
        ".env.example",
        ".gitignore",
        "data/.gitignore",
        "README.md",
        "Dockerfile",
        ".dockerignore",
        "mybot.service",
      ]
    ) assert(paths.includes(path), `${template.name}: ${path}`);
  }
});

Deno.test("renderProject replaces the protocol, the class and the name of the bot, and nothing else", () => {
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

Deno.test("renderProject refuses a template whose marks are not there", () => {
  for (
    const mark of ["MadeUpBot", `"madeup-bot"`, `const PROTOCOL = "madeup";`]
  ) {
    const files = Object.fromEntries(
      Object.entries(MADE_UP.files).map((
        [path, text],
      ) => [path, text.replaceAll(mark, "x")]),
    );
    assertThrows(
      () => render({ template: { ...MADE_UP, files } }),
      Error,
      "Cannot find",
    );
  }
});

Deno.test("renderProject refuses names that would end up in code", () => {
  assertThrows(() => render({ name: "My Bot" }), RangeError, `"My Bot"`);
  assertThrows(
    () => render({ protocol: `"; evil(); "` }),
    RangeError,
    "protocol",
  );
});

Deno.test("renderProject leaves no name of a template in a project", () => {
  for (const template of TEMPLATES) {
    for (const [path, text] of render({ template, name: "zebra" })) {
      if (!path.endsWith(".ts")) continue;
      assertEquals(text.includes(`"${template.botName}"`), false, path);
      assertEquals(text.includes("src/scaffold"), false, path);
    }
  }
});

Deno.test("renderProject takes the names back that JSR writes out when it publishes", () => {
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
  const { imports, scopes, lock } = denoJson({});
  assertEquals(
    imports["@grafolean/collector"],
    `jsr:@grafolean/collector@^${config.version}`,
  );
  assertEquals([scopes, lock], [undefined, undefined]);
});

Deno.test("renderProject takes all of the library from a checkout, and the imports stay the same", () => {
  for (const template of TEMPLATES) {
    const { imports, scopes } = denoJson({ template, library: CHECKOUT });
    assertEquals(imports, denoJson({ template }).imports);
    assertEquals(
      scopes["./"]["@grafolean/collector"],
      "file:///home/me/the%20library/offline/collector/mod.ts",
    );
    for (const [name, target] of Object.entries(imports)) {
      if (!`${target}`.startsWith("jsr:")) continue;
      assert(
        Object.keys(scopes["./"]).some((each) => each === name || each.startsWith(`${name}/`)),
        `${template.name}: ${name}`,
      );
    }
  }
});

Deno.test("renderProject spells out the same permissions in every task that runs or compiles the bot", () => {
  for (const template of TEMPLATES) {
    const { tasks } = denoJson({
      template,
      backendUrl: "https://grafolean.example.com/api",
    });
    const flags = /^deno run (.*) main\.ts$/.exec(tasks.start.command)![1]!;
    assertStringIncludes(flags, "--no-prompt");
    assertEquals(/--allow-all|-A\b/.test(JSON.stringify(tasks)), false);
    for (const name of CONFIG_NAMES) assertStringIncludes(flags, name);
    const compiled = Object.keys(tasks).filter((name) => /^compile(:\w+-\w+)?$/.test(name));
    assertEquals(compiled.length, 6);
    for (const name of compiled) {
      assertStringIncludes(tasks[name].command, `deno compile ${flags} `);
      assertEquals(tasks[name].command.includes("env-file"), false);
    }
    assertEquals(tasks["compile:all"].dependencies, compiled.slice(1));
  }
});

Deno.test("renderProject lets a bot that needs no other host talk to Grafolean only", () => {
  const start = (backendUrl: string) =>
    denoJson({ template: MADE_UP, backendUrl }).tasks.start.command;
  assertMatch(
    start("https://grafolean.example.com/api"),
    /--allow-net=grafolean\.example\.com:443 /,
  );
  assertMatch(start("http://[::1]:8080/api"), /--allow-net=\[::1\]:8080 /);
  assertMatch(start(""), /--allow-net /);
  assertMatch(start(""), /--allow-run=ping /);
});

Deno.test("renderProject explains every setting in .env, and sets it as it was told", () => {
  const backendUrl = "https://grafolean.example.com/api";
  const env = file({ backendUrl, botToken: TOKEN }, ".env");
  const set = parse(env);
  assertEquals(set["BACKEND_URL"], backendUrl);
  assertEquals(set["BOT_TOKEN"], TOKEN);
  assertEquals(set["OUTBOX_FILE"], "data/outbox.db");
  for (const name of CONFIG_NAMES) {
    assertMatch(env, new RegExp(`# .+\\n(# )?${name}=`));
  }
  assertEquals("BOT_TOKEN_FROM_FILE" in set, false);
});

Deno.test("renderProject writes odd tokens so that they are read again", () => {
  for (
    const botToken of ["a#b", "a$HOME", `it's`, `a"b`, `a\\b`, `'"$#\\`, "a=b"]
  ) {
    assertEquals(parse(file({ botToken }, ".env"))["BOT_TOKEN"], botToken);
  }
});

Deno.test("renderProject puts the token into .env alone", () => {
  for (const template of TEMPLATES) {
    for (const [path, text] of render({ template, botToken: TOKEN })) {
      assertEquals(text.includes(TOKEN), path === ".env", path);
    }
  }
  const example = parse(
    file(
      { botToken: TOKEN, backendUrl: "http://secret.host/api" },
      ".env.example",
    ),
  );
  assertEquals([example["BACKEND_URL"], example["BOT_TOKEN"]], ["", ""]);
  assertMatch(file({}, ".gitignore"), /^\.env$/m);
  // Such as .env.production; the example belongs into git.
  assertMatch(file({}, ".gitignore"), /^\.env\.\*\n!\.env\.example$/m);
  assertMatch(file({}, ".dockerignore"), /^\.env\.\*$/m);
  assertMatch(file({}, ".dockerignore"), /^\.env$/m);
});

Deno.test("renderProject makes an image that runs the executable as nobody, and looks after its health", () => {
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
  const local = file({ library: CHECKOUT }, "Dockerfile");
  assertStringIncludes(
    local,
    `--build-context collector='/home/me/the library' .`,
  );
  assertStringIncludes(
    local,
    `COPY --from=collector [".","/home/me/the library"]`,
  );
  const windows: LibrarySource = {
    kind: "checkout",
    url: "file:///C:/library/",
  };
  assertEquals(
    file({ library: windows }, "Dockerfile").includes("--from=collector"),
    false,
  );
});

Deno.test("renderProject says in the README how to leave the checkout, where there is one", () => {
  assertStringIncludes(file({ library: CHECKOUT }, "README.md"), `"scopes"`);
  assertEquals(file({}, "README.md").includes("scopes"), false);
});

Deno.test("findTemplate finds each template, and no two have one name", () => {
  for (const template of TEMPLATES) {
    assertEquals(findTemplate(template.name), template);
  }
  assertEquals(findTemplate("nonesuch"), undefined);
});

Deno.test(
  "renderProject makes a unit that systemd accepts (needs systemd)",
  { ignore: !hasSystemd() },
  async () => {
    for (const template of TEMPLATES) {
      const dir = await Deno.makeTempDir();
      try {
        const unit = `${dir}/mybot.service`;
        // The executable is not there, which systemd would mind.
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
