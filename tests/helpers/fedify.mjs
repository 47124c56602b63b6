// A server of the fediverse made with Fedify: it has one person, hana, who follows and reacts as told, and keeps what arrives.
// One question and one answer a line; Fedify signs, verifies and reads everything by itself.
import { createServer } from "node:http";
import { createInterface } from "node:readline";
import { createFederation, generateCryptoKeyPair, MemoryKvStore } from "@fedify/fedify";

const vocab = await import("@fedify/vocab").catch(() => import("@fedify/fedify/vocab"));
const { Accept, Announce, Create, Delete, Event, Follow, Like, Note, Person, Undo, Update, PUBLIC_COLLECTION } = vocab;

const heard = [];
const federation = createFederation({ kv: new MemoryKvStore(), allowPrivateAddress: true });
let keys;
federation
  .setActorDispatcher("/users/{identifier}", async (ctx, identifier) => {
    if (identifier !== "hana") return null;
    const [pair] = await ctx.getActorKeyPairs(identifier);
    return new Person({
      id: ctx.getActorUri(identifier),
      preferredUsername: identifier,
      inbox: ctx.getInboxUri(identifier),
      endpoints: new vocab.Endpoints({ sharedInbox: ctx.getInboxUri() }),
      publicKey: pair.cryptographicKey,
    });
  })
  .setKeyPairsDispatcher(async () => [(keys ??= await generateCryptoKeyPair("RSASSA-PKCS1-v1_5"))]);
const listeners = federation.setInboxListeners("/users/{identifier}/inbox", "/inbox");
for (const kind of [Accept, Announce, Create, Delete, Update]) {
  listeners.on(kind, async (ctx, activity) => {
    const object = [Create, Update].includes(kind) ? await activity.getObject(ctx) : null;
    const place = object instanceof Event ? await object.getLocation(ctx) : null;
    heard.push({
      kind: kind.name,
      actor: activity.actorId?.href,
      about: activity.objectId?.href,
      type: object?.constructor.name ?? null,
      name: object?.name?.toString() ?? null,
      content: object?.content?.toString() ?? null,
      start: object?.startTime?.toString() ?? null,
      place: place?.name?.toString() ?? null,
      answers: object?.replyTargetId?.href ?? null,
    });
  });
}

const server = createServer(async (request, response) => {
  const parts = [];
  for await (const part of request) parts.push(part);
  const answer = await federation.fetch(
    new Request(`http://${request.headers.host}${request.url}`, {
      method: request.method,
      headers: request.headers,
      body: parts.length ? Buffer.concat(parts) : undefined,
    }),
    { contextData: undefined },
  );
  response.writeHead(answer.status, Object.fromEntries(answer.headers));
  response.end(Buffer.from(await answer.arrayBuffer()));
});
await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
const base = `http://127.0.0.1:${server.address().port}`;
const context = federation.createContext(new URL(base), undefined);
const own = context.getActorUri("hana");
let count = 0;
const id = (name) => new URL(`${base}/${name}/${++count}`);

async function send(to, activity) {
  const recipient = await context.lookupObject(to);
  await context.sendActivity({ identifier: "hana" }, recipient, activity, { immediate: true });
  return { id: activity.id.href };
}

const verbs = {
  look: async ({ at }) => {
    const found = await context.lookupObject(at);
    return {
      type: found?.constructor.name ?? null,
      name: found?.name?.toString() ?? null,
      handle: found?.preferredUsername?.toString() ?? null,
    };
  },
  follow: ({ who }) => send(who, new Follow({ id: id("follows"), actor: own, object: new URL(who) })),
  unfollow: ({ who, wish }) => {
    const object = new Follow({ id: new URL(wish), actor: own, object: new URL(who) });
    return send(who, new Undo({ id: id("undo"), actor: own, object }));
  },
  like: ({ who, about }) => send(who, new Like({ id: id("likes"), actor: own, object: new URL(about) })),
  reply: ({ who, about }) => {
    const note = new Note({
      id: id("notes"), attribution: own, content: "楽しみ", to: PUBLIC_COLLECTION, replyTarget: new URL(about),
    });
    return send(who, new Create({ id: id("creates"), actor: own, object: note, to: PUBLIC_COLLECTION }));
  },
  heard: () => heard.splice(0),
};

for await (const line of createInterface({ input: process.stdin })) {
  const question = JSON.parse(line);
  let answer;
  try {
    answer = await verbs[question.verb](question);
  } catch (error) {
    answer = { problem: String(error) };
  }
  console.log(JSON.stringify(answer));
}
process.exit(0);
