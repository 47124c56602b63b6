// Counts texts with the page's own module, and graphemes with the engine's; one question and one answer a line.
import { createInterface } from "node:readline";
import { COUNTS, bytes } from "../../calendar_app/static/share.js";

const segmenter = new Intl.Segmenter("ja", { granularity: "grapheme" });
for await (const line of createInterface({ input: process.stdin })) {
  const text = JSON.parse(line);
  const counts = Object.fromEntries(Object.entries(COUNTS).map(([name, count]) => [name, count(text)]));
  console.log(JSON.stringify({ ...counts, bytes: bytes(text), engine: [...segmenter.segment(text)].length }));
}
