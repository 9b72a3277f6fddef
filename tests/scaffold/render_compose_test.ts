import { assertEquals, assertStringIncludes } from "@std/assert";
import { renderCompose } from "../../src/scaffold/render_compose.ts";
import { findTemplate, TEMPLATES } from "../../src/scaffold/templates.ts";
import { projectOptions } from "./project_kit.ts";

function compose(templateName: string, options: { protocol?: string; checkout?: string } = {}) {
  return renderCompose(
    projectOptions({ name: "mybot", template: findTemplate(templateName)!, ...options }),
  );
}

// Any YAML parser would do; Python's is the one that machines of developers have. One process parses all texts.
async function parsed(...texts: string[]) {
  const script =
    "import json, sys, yaml; print(json.dumps([yaml.safe_load(text) for text in json.loads(sys.argv[1])]))";
  const python = new Deno.Command("python3", {
    args: ["-c", script, JSON.stringify(texts)],
    stderr: "inherit",
  });
  return JSON.parse(new TextDecoder().decode((await python.output()).stdout));
}

const hasYaml = (() => {
  try {
    return new Deno.Command("python3", { args: ["-c", "import yaml"] }).outputSync().success;
  } catch {
    return false;
  }
})();

Deno.test(
  "renderCompose joins the network of Grafolean and reads the token that it shares (needs python3-yaml)",
  {
    ignore: !hasYaml,
  },
  async () => {
    const [{ services: { mybot }, volumes, networks }] = await parsed(compose("ping"));
    assertEquals(mybot, {
      build: ".",
      image: "mybot",
      restart: "unless-stopped",
      env_file: ".env",
      environment: {
        BACKEND_URL: "http://grafolean/api",
        BOT_TOKEN_FROM_FILE: "/shared-secrets/tokens/ping-bot.token",
      },
      volumes: ["data:/app/data", "shared-secrets:/shared-secrets:ro"],
      networks: ["grafolean"],
    });
    assertEquals(volumes, {
      data: { name: "mybot-data" },
      "shared-secrets": { external: true, name: "grafolean_shared-secrets" },
    });
    assertEquals(networks, { grafolean: { external: true, name: "grafolean_grafolean" } });
  },
);

Deno.test("renderCompose renders YAML for every template and any folder (needs python3-yaml)", {
  ignore: !hasYaml,
}, async () => {
  const checkout = "file:///srv/it's%20%22mine%22:%20$HOME/%23lib/";
  const files = await parsed(...TEMPLATES.map(({ name }) => compose(name, { checkout })));
  assertEquals(files.length, TEMPLATES.length);
  for (const { services } of files) {
    assertEquals(services.mybot.build, {
      context: ".",
      additional_contexts: { collector: `/srv/it's "mine": $$HOME/#lib` },
    });
  }
});

Deno.test("renderCompose takes the token from .env for a protocol without a bot of Grafolean", () => {
  for (const protocol of ["web", "constructor"]) {
    assertEquals(compose("http", { protocol }).includes("shared-secrets"), false);
  }
});

Deno.test("renderCompose puts a bot that listens on the network of the host, where Grafolean has another URL", () => {
  const text = compose("netflow");
  assertStringIncludes(text, "network_mode: host");
  assertEquals(text.includes("\nnetworks:"), false);
  assertEquals(text.includes("BACKEND_URL: "), false);
});
