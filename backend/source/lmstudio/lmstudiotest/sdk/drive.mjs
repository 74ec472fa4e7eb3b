// Drives an LM Studio with its own client library and prints what it saw as
// one line of JSON. Usage: node drive.mjs URL LLM EMBEDDING CONTEXT [TOKEN]
import { LMStudioClient } from "@lmstudio/sdk";

const [url, llm, embedding, context, token] = process.argv.slice(2);
const silent = { debug() {}, info() {}, warn() {}, error() {} };
const halves = /^sk-lm-(.+):(.+)$/.exec(token ?? "");
const client = new LMStudioClient({
  baseUrl: url.replace(/^http/, "ws"),
  logger: silent,
  verboseErrorMessages: false,
  ...(halves && { clientIdentifier: halves[1], clientPasskey: halves[2] }),
});
const out = {};

out.version = await client.system.getLMStudioVersion();
out.downloaded = (await client.system.listDownloadedModels()).map((m) => m.modelKey);
out.before = await ids(client.llm);

const progress = [];
const model = await client.llm.load(llm, {
  config: { contextLength: Number(context) },
  onProgress: (p) => progress.push(p),
  verbose: false,
});
out.progress = progress;
out.identifier = model.identifier;
const info = await model.getModelInfo();
out.info = { context: info.contextLength, max: info.maxContextLength, format: info.format, reference: info.instanceReference };
out.context = await model.getContextLength();
out.loaded = await ids(client.llm);

// model() finds what is loaded; load() makes another one.
out.found = (await client.llm.model(llm, { verbose: false })).identifier;
const second = await client.llm.load(llm, { identifier: "mine", ttl: 600, verbose: false });
out.second = second.identifier;
out.both = await ids(client.llm);
out.taken = await failure(() => client.llm.load(llm, { identifier: "mine", verbose: false }));

const embedder = await client.embedding.model(embedding, { verbose: false });
out.embedder = { identifier: embedder.identifier, context: await embedder.getContextLength() };
out.embeddings = await ids(client.embedding);
await embedder.unload();

await second.unload();
await model.unload();
out.after = await ids(client.llm);
out.gone = (await model.getModelInfo().catch((e) => e.message)) ?? null;
out.missing = await failure(() => client.llm.load("nobody/nothing", { verbose: false }));

const aborter = new AbortController();
out.aborted = await failure(() =>
  client.llm.load(llm, { signal: aborter.signal, verbose: false, onProgress: () => aborter.abort() }),
);

await client[Symbol.asyncDispose]();
console.log(JSON.stringify(out));
process.exit(0);

async function ids(namespace) {
  return (await namespace.listLoaded()).map((m) => m.identifier);
}

async function failure(attempt) {
  try {
    await attempt();
    return null;
  } catch (e) {
    return String(e?.message ?? e);
  }
}
