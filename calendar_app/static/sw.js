// Keeps what was last seen for where there is no network. Pages are asked for anew whenever that is possible: a cancelled
// event must never look as if it took place because something old was at hand.

const PAGES = "pages-1";
const FILES = "files-1";
const MOST = { [PAGES]: 60, [FILES]: 120 };
const FIRST = ["/offline", "/", "/calendar/"];
const PATIENCE = 6000; // ms: on a bad line an old page now is better than a new one never

addEventListener("install", (event) => {
  skipWaiting();
  event.waitUntil(caches.open(PAGES).then((pages) => pages.addAll(FIRST)));
});

addEventListener("activate", (event) => event.waitUntil(tidy()));

addEventListener("fetch", (event) => {
  const { method, url, mode } = event.request;
  const { origin, pathname } = new URL(url);
  if (method !== "GET" || origin !== location.origin || /^\/(staff|questions|follow\/)/.test(pathname)) return;
  if (pathname.startsWith("/static/") || pathname.startsWith("/photos/")) event.respondWith(kept(event.request));
  else if (mode === "navigate") event.respondWith(newest(event));
});

async function newest(event) {
  const answer = fetch(event.request).then((found) => {
    if (found.ok) event.waitUntil(keep(PAGES, event.request, found.clone()).then(() => prepared(event.request.url)));
    return found;
  });
  answer.catch(() => {}); // waited for below, or no longer
  const old = await caches.match(event.request);
  try {
    return await (old ? Promise.race([answer, late()]) : answer);
  } catch {
    return old ?? await caches.match(offline(event.request.url)) ?? caches.match("/offline");
  }
}

// The page for where there is no network, in the language of the pages that are read.
function offline(url) {
  const lang = new URL(url).searchParams.get("lang");
  return lang ? `/offline?${new URLSearchParams({ lang })}` : "/offline";
}

async function prepared(url) {
  const cache = await caches.open(PAGES), page = offline(url);
  if (!await cache.match(page)) await cache.add(page).catch(() => {});
}

const late = () => new Promise((_, refuse) => { setTimeout(refuse, PATIENCE); });

// Photos and files of ours never change under one address.
async function kept(request) {
  const old = await caches.match(request);
  if (old) return old;
  const found = await fetch(request);
  if (found.ok) await keep(FILES, request, found.clone());
  return found;
}

async function keep(name, request, answer) {
  const cache = await caches.open(name);
  await cache.delete(request); // so that the newest stands last
  await cache.put(request, answer);
  const keys = await cache.keys();
  await Promise.all(keys.slice(0, Math.max(0, keys.length - MOST[name])).map((key) => FIRST.includes(new URL(key.url).pathname) || cache.delete(key)));
}

async function tidy() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => !(name in MOST)).map((name) => caches.delete(name)));
  await clients.claim();
}

// A notification as `delivery/channels/push.py` sends it, for browsers that do not show it by themselves.
addEventListener("push", (event) => {
  const { title, navigate, ...options } = event.data?.json().notification ?? {};
  if (title) event.waitUntil(registration.showNotification(title, { ...options, icon: "/static/icon-512.png", data: navigate }));
});

addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(opened(event.notification.data));
});

async function opened(address) {
  const windows = await clients.matchAll({ type: "window", includeUncontrolled: true });
  const open = windows.find((page) => page.url === address);
  return open ? open.focus() : clients.openWindow(address);
}
