Deno.env.delete("FORCE_COLOR");
