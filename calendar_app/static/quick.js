// Says what a line is understood as while it is typed. Without it the button does the same, one press later.

const box = document.querySelector(".quick[data-quick]");
const line = box?.querySelector("textarea");
const said = box?.querySelector(".said");
let waiting, running, shown = "";

// The field that should be looked at first may be folded away, or have lost the focus to its calendar button.
const first = document.querySelector("[autofocus]");
for (let fold = first?.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
requestAnimationFrame(() => { if (document.activeElement !== first) first?.focus(); });

line?.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(() => look().catch(() => {}), 400);
});

async function look() {
  running?.abort();
  running = new AbortController();
  const sent = new URLSearchParams({ quick: line.value, csrf_token: line.form.elements.csrf_token.value });
  const answer = await fetch(box.dataset.quick, { method: "POST", body: sent, signal: running.signal });
  if (!answer.ok) throw new Error(answer.statusText);
  const reading = await answer.json();
  if (JSON.stringify(reading) === shown) return; // said once, not at every key
  shown = JSON.stringify(reading);
  said.replaceChildren(...(line.value.trim() ? parts(reading) : []));
}

function parts({ understood, doubts, left, events }) {
  if (events.length) {
    const list = element("ul", ...events.map(([title, when]) => element("li", `${title} ${when}`)));
    return [element("h2", box.dataset.several), list];
  }
  const sections = [element("h2", understood.length ? box.dataset.understood : box.dataset.nothing)];
  if (understood.length) sections.push(element("dl", ...understood.map(piece)));
  if (doubts.length) {
    const list = element("ul", ...doubts.map((doubt) => element("li", doubt.message)));
    sections.push(Object.assign(element("section", element("h3", box.dataset.doubts), list), { className: "warn" }));
  }
  if (left) sections.push(element("section", element("h3", box.dataset.left), Object.assign(element("p", left), { className: "left" })));
  return sections;
}

function piece([label, back, words]) {
  const meaning = element("dd", back);
  if (words) meaning.append(" ", element("q", words));
  return element("div", element("dt", label), meaning);
}

function element(name, ...inside) {
  const node = document.createElement(name);
  node.append(...inside);
  return node;
}
