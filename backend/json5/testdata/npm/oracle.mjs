// Reads one JSON string a line from standard input, gives it to json5, and prints
// the value as JSON, or {"error": …}. A number that JSON has no form for is tagged.
import { createInterface } from 'node:readline';
import JSON5 from 'json5';

console.warn = () => {}; // json5 warns of U+2028 in strings

const tag = (value) => {
  if (typeof value === 'number' && (!Number.isFinite(value) || Object.is(value, -0))) {
    return { number: Object.is(value, -0) ? '-0' : String(value) };
  }
  if (Array.isArray(value)) return { array: value.map(tag) };
  if (value !== null && typeof value === 'object') {
    return { keys: Object.keys(value), values: Object.keys(value).map((k) => tag(value[k])) };
  }
  return value;
};

const read = (text) => {
  try {
    return { value: tag(JSON5.parse(text)) };
  } catch (e) {
    return { error: e.message };
  }
};

for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  process.stdout.write(JSON.stringify(read(JSON.parse(line))) + '\n');
}
