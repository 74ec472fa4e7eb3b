// Writes the config with OpenClaw's own writer, in one process: what "openclaw config
// set" does, without the seconds that its start takes.
//
//   node rival.mjs FOLDER_OF_THE_PACKAGE
//
// For each line of its input it adds agents.defaults.models["rival/nN"] and prints
// {"wrote":N}; a write that OpenClaw's own check refuses, because the file is another
// by then, prints {"refused":N} and is made again. When it is ready it prints {}.
import { createInterface } from "node:readline";
import { readFileSync, readdirSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const dist = join(realpathSync(process.argv[2]), "dist");
const load = (file) => import(pathToFileURL(join(dist, file)));

// published is the writer that 2026.9 gives its plugins. It compares the file with
// what it read before it writes.
async function published() {
  const { mutateConfigFile } = await load("plugin-sdk/config-mutation.js");
  return (change) => mutateConfigFile({ base: "source", mutate: change });
}

// ofTheCommand is the writer of the command "config set" of 2026.3, whose name in
// its file is in the command's import. It compares nothing.
async function ofTheCommand() {
  for (const name of readdirSync(dist).filter((n) => /^config-cli-.*\.js$/.test(n))) {
    const found = /import \{([^}]*\bwriteConfigFile\b[^}]*)\} from "\.\/([^"]+)"/.exec(readFileSync(join(dist, name), "utf8"));
    if (!found) continue;
    const names = Object.fromEntries(found[1].split(",").map((s) => s.trim().split(/\s+as\s+/)).map(([a, b]) => [b ?? a, a]));
    const file = await load(found[2]);
    return async (change) => {
      const snapshot = await file[names.readConfigFileSnapshot]();
      if (!snapshot.valid) throw new Error("OpenClaw read an invalid config: " + JSON.stringify(snapshot.issues));
      const next = structuredClone(snapshot.resolved);
      change(next);
      await file[names.writeConfigFile](next);
    };
  }
  throw new Error("this OpenClaw has no writer that is known here");
}

const modern = readdirSync(join(dist, "plugin-sdk")).includes("config-mutation.js");
const write = await (modern ? published() : ofTheCommand());
console.log("{}");
let n = 0;
for await (const _ of createInterface({ input: process.stdin })) {
  for (let written = false; !written; ) {
    try {
      await write((config) => { config.agents.defaults.models["rival/n" + n] = {}; });
      written = true;
    } catch (e) {
      if (e.name !== "ConfigMutationConflictError" && !/config changed/.test(e.message)) throw e;
      console.log(JSON.stringify({ refused: n }));
    }
  }
  console.log(JSON.stringify({ wrote: n++ }));
}
process.exit(0); // what OpenClaw leaves running is not waited for
