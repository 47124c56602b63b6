// The share kit: counts as each network counts (counting.py says how and why; a test holds the two together), copies, opens.
// Everything works without it, but by hand.

const ADDRESS = 23;
const WEB = /https?:\/\/[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::\d+)?(?:[/?#][!-~]*)?/gi;
const BARE = /(?<![a-z0-9@._/-])(?:[a-z0-9-]+\.)+(?:com|net|org|info|biz|edu|gov|app|dev|[a-z0-9-]+\.[a-z]{2})(?![a-z0-9-]|\.[a-z0-9])(?:\/[!-~]*)?/gi;
const AFTER = /[.,:;!?'"*_)\]}]+$/;
const PICTURE = /[©®‼⁉™ℹ↔-↙↩↪⌚⌛⌨⏏⏩-⏳⏸-⏺Ⓜ▪▫▶◀◻-◾☀-☄☎☑☔☕☘☝☠☢☣☦☪☮☯☸-☺♀♂♈-♓♟♠♣♥♦♨♻♾♿⚒-⚗⚙⚛⚜⚠⚡⚧⚪⚫⚰⚱⚽⚾⛄⛅⛈⛎⛏⛑⛓⛔⛩⛪⛰-⛵⛷-⛺⛽✂✅✈-✍✏✒✔✖✝✡✨✳✴❄❇❌❎❓-❕❗❣❤➕-➗➡➰➿⤴⤵⬅-⬇⬛⬜⭐⭕〰〽㊗㊙\u{1f004}\u{1f02c}-\u{1f02f}\u{1f0cf}\u{1f170}\u{1f171}\u{1f17e}\u{1f17f}\u{1f18e}\u{1f191}-\u{1f19a}\u{1f201}\u{1f202}\u{1f21a}\u{1f22f}\u{1f232}-\u{1f23a}\u{1f250}\u{1f251}\u{1f300}-\u{1f3fa}\u{1f400}-\u{1f64f}\u{1f680}-\u{1f6ff}\u{1f7e0}-\u{1f7f0}\u{1f90c}-\u{1f9ff}\u{1fa70}-\u{1faff}]/u;
const COLOURED = /[⌚⌛⏩-⏬⏰⏳◽◾☔☕♈-♓♿⚓⚡⚪⚫⚽⚾⛄⛅⛎⛔⛪⛲⛳⛵⛺⛽✅✊✋✨❌❎❓-❕❗➕-➗➰➿⬛⬜⭐⭕\u{1f004}-\u{1faff}]/u;
const FLAG = /[\u{1f1e6}-\u{1f1ff}]/gu;
const JOINS = /^[\p{M}\u{200c}\u{200d}\u{ff9e}\u{ff9f}\u{1f3fb}-\u{1f3ff}\u{e0020}-\u{e007f}]/u;
const LIGHT = [[0, 4351], [8192, 8205], [8208, 8223], [8242, 8247]];

function graphemes(text) {
  const made = [];
  for (const letter of text) {
    if (made.length && goesOn(made.at(-1), letter)) made[made.length - 1] += letter;
    else made.push(letter);
  }
  return made;
}

function goesOn(before, letter) {
  if (letter === "\n" || before.endsWith("\n")) return letter === "\n" && before === "\r";
  if (JOINS.test(letter)) return !before.endsWith("\r");
  const flags = before.match(FLAG)?.length ?? 0;
  if (letter.match(FLAG)) return flags === 1 && [...before].length === 1;
  return before.endsWith("\u{200d}") && PICTURE.test(letter) && PICTURE.test([...before][0]);
}

function weight(one) {
  const coloured = one.includes("\u{20e3}") || COLOURED.test(one) || (one.includes("\u{fe0f}") && PICTURE.test([...one][0]));
  if (coloured || one.match(FLAG)?.length === 2) return 2;
  return sum([...one], (letter) => (LIGHT.some(([low, high]) => low <= letter.codePointAt(0) && letter.codePointAt(0) <= high) ? 1 : 2));
}

function counted(text, bare, count) {
  const found = [...text.matchAll(WEB)].map((match) => [match.index, match.index + match[0].length]);
  const inside = (start) => found.some(([first, last]) => first <= start && start < last);
  const more = bare ? [...text.matchAll(BARE)].filter((match) => !inside(match.index)) : [];
  for (const match of more) found.push([match.index, match.index + match[0].length]);
  let done = 0, total = 0;
  for (const [start, last] of found.sort((one, other) => one[0] - other[0] || one[1] - other[1])) {
    total += count(text.slice(done, start)) + ADDRESS;
    done = start + text.slice(start, last).replace(AFTER, "").length;
  }
  return total + count(text.slice(done));
}

const sum = (list, of) => list.reduce((total, one) => total + of(one), 0);
const letters = (text) => graphemes(text).length;

export const COUNTS = {
  weigh: (text) => counted(text.normalize("NFC"), true, (part) => sum(graphemes(part), weight)),
  mastodon: (text) => counted(text, false, letters),
  letters,
  units: (text) => text.length,
};
export const bytes = (text) => new TextEncoder().encode(text).length;

if (typeof document !== "undefined") start();

function start() {
  for (const card of document.querySelectorAll("[data-counting]")) count(card);
  for (const button of document.querySelectorAll("[data-copies]")) copies(button);
  for (const button of document.querySelectorAll("button[data-open]")) opensServer(button);
  sendPictures();
}

// What a place of the page sends: its own text or the common one, with its hashtags in a line of their own.
function field(card) {
  return card.querySelector("textarea") ?? document.getElementById(card.dataset.text);
}

function words(card) {
  return [field(card).value, card.dataset.tags].filter(Boolean).join("\n");
}

// The number beside a text follows what is typed, and what opens a composer takes the text as it stands.
function count(card) {
  const number = card.querySelector("output"), open = card.querySelector("a[data-open]");
  const limit = Number(card.dataset.limit), most = Number(card.dataset.bytes);
  const say = () => {
    const used = COUNTS[card.dataset.counting](words(card));
    number.value = used.toLocaleString("en");
    card.classList.toggle("over", Boolean(limit && used > limit) || Boolean(most && bytes(words(card)) > most));
    if (open) open.href = filled(open.dataset.open, words(card));
  };
  field(card).addEventListener("input", say);
  say();
}

function copies(button) {
  button.hidden = false;
  const said = button.textContent, of = document.getElementById(button.dataset.copies);
  const card = button.closest("[data-text]");
  button.addEventListener("click", async () => {
    if (of.checkVisibility()) of.select();
    await navigator.clipboard.writeText(card ? words(card) : of.value);
    button.textContent = button.dataset.copied;
    setTimeout(() => { button.textContent = said; }, 2000);
  });
}

// The address of a composer with the text in it; a mail's lines end in CRLF.
function filled(address, text) {
  const lines = address.startsWith("mailto:") ? text.replaceAll("\n", "\r\n") : text;
  return address.replace("{text}", () => encodeURIComponent(lines));
}

// Which server somebody is at only they know; it is kept in this browser and nowhere else.
function opensServer(button) {
  const server = button.parentElement.querySelector("input"), card = button.closest("[data-text]");
  button.addEventListener("click", () => {
    const host = server.value.trim().replace(/^(https?:\/\/|@?[^@/]*@)/, "").split("/")[0];
    if (!/^[a-z0-9.-]+(:\d+)?$/i.test(host)) return server.focus();
    open(filled(button.dataset.open.replace("{server}", host), words(card)), "_blank", "noopener");
  });
}

// On a phone the pictures go to any program in one press. The files are fetched first: a press is forgotten after seconds.
function sendPictures() {
  for (const button of document.querySelectorAll("[data-picture]")) {
    if (!navigator.canShare?.({ files: [new File(["x"], "x.jpg", { type: "image/jpeg" })] })) return;
    button.hidden = false;
    button.addEventListener("click", async () => {
      const answer = await fetch(button.dataset.picture);
      const file = new File([await answer.blob()], button.dataset.name, { type: "image/jpeg" });
      await navigator.share({ files: [file], text: button.dataset.text }).catch(() => {});
    });
  }
}
