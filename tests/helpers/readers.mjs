// What JavaScript programs make of our feeds. One question a line, {program, text}; one answer a line, a list of entries.

import { parseAtomFeed, parseJsonFeed, parseRssFeed } from "feedsmith";
import ICAL from "node-ical";
import { createInterface } from "node:readline";
import Parser from "rss-parser";

const PROGRAMS = {
  "rss-parser": async (text) => (await new Parser().parseString(text)).items.map((one) => [one.guid ?? one.id, one.title, one.link]),
  "feedsmith rss": (text) => parseRssFeed(text).items.map((one) => [one.guid.value, one.title, one.link]),
  "feedsmith atom": (text) =>
    parseAtomFeed(text).entries.map((one) => [one.id, plain(one.title), one.links.find((link) => (link.rel ?? "alternate") === "alternate").href]),
  "feedsmith json": (text) => parseJsonFeed(text).items.map((one) => [one.id, one.title, one.url]),
  "node-ical": (text) =>
    Object.values(ICAL.sync.parseICS(text)).filter((one) => one.type === "VEVENT").map((one) => [one.uid, plain(one.summary), one.status]),
};

const plain = (text) => text?.val ?? text?.value ?? text;

for await (const line of createInterface({ input: process.stdin })) {
  const { program, text } = JSON.parse(line);
  console.log(JSON.stringify(await PROGRAMS[program](text)));
}
