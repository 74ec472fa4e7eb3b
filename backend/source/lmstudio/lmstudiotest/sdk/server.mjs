// Switches the HTTP server of a running LM Studio on with its own client
// library, through the app's internal port. Usage: node server.mjs URL PORT
import { LMStudioClient } from "@lmstudio/sdk";

const [url, port] = process.argv.slice(2);
const silent = { debug() {}, info() {}, warn() {}, error() {} };
const client = new LMStudioClient({ baseUrl: url.replace(/^http/, "ws"), logger: silent, verboseErrorMessages: false });
await client.system.startHttpServer({ port: Number(port), cors: false });
await client[Symbol.asyncDispose]();
process.exit(0);
