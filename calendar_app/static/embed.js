// One line of another page puts the calendar where that line stands. No cookie, nothing measured but the frame's own height.
(() => {
  const script = document.currentScript;
  const asked = new URLSearchParams(script.dataset.query);
  const schemes = getComputedStyle(script.parentElement).colorScheme; // of the page around: "normal" is light
  const dark = /dark/.test(schemes) && (!/light/.test(schemes) || matchMedia("(prefers-color-scheme: dark)").matches);
  if (dark && !asked.has("theme")) asked.set("theme", "dark");
  const query = asked.size ? `?${asked}` : "";
  const frame = document.createElement("iframe");
  frame.src = new URL(`embed${query}`, script.src).href;
  frame.title = script.dataset.title || script.previousElementSibling?.textContent.trim() || "Calendar";
  frame.loading = "lazy";
  frame.referrerPolicy = "no-referrer";
  Object.assign(frame.style, { border: "0", width: "100%", height: "480px", display: "block" });
  addEventListener("message", (event) => {
    if (event.source !== frame.contentWindow || !(event.data?.calendarHeight > 0)) return;
    frame.style.height = `${Math.min(event.data.calendarHeight, 5000)}px`;
  });
  script.before(frame);
})();
