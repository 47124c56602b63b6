// A small map: pictures of 256 pixels in Web Mercator, places as links into the list beside it.

const TILE = 256;
const [NEAREST, FARTHEST] = [17, 5];

// Longitude and latitude in degrees as pixels of the whole world at a zoom.
function pixels(lon, lat, zoom) {
  const size = TILE * 2 ** zoom;
  const sine = Math.sin((lat * Math.PI) / 180);
  return [((lon + 180) / 360) * size, (0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI)) * size];
}

export function draw(box, items) {
  const places = items.map((item) => ({ item, lat: Number(item.dataset.lat), lon: Number(item.dataset.lon) }));
  const view = element("div", "map", { tabIndex: 0, role: "region", ariaLabel: box.dataset.name });
  const tiles = element("div", "map-tiles", { ariaHidden: "true" });
  const pins = element("ul", "bare");
  const credit = element("p", "map-credit", { textContent: box.dataset.credit });
  view.append(tiles, pins, zoomButtons(), credit);
  box.replaceChildren(view);

  let [zoom, left, top] = [NEAREST, 0, 0]; // the view's upper left corner, in pixels of the world
  for (const { item } of places) {
    const link = element("a", "pin", { href: `#${item.id}`, title: item.dataset.place });
    link.append(element("span", "", { textContent: item.dataset.place }));
    const entry = element("li");
    entry.append(link);
    pins.append(entry);
  }
  showAll();

  // As near as all places still have room.
  function showAll() {
    for (zoom = NEAREST - 2; zoom > FARTHEST; zoom--) {
      const [xs, ys] = spread();
      if (Math.max(...xs) - Math.min(...xs) < view.clientWidth - 80 && Math.max(...ys) - Math.min(...ys) < view.clientHeight - 80) break;
    }
    const [xs, ys] = spread();
    left = (Math.max(...xs) + Math.min(...xs) - view.clientWidth) / 2;
    top = (Math.max(...ys) + Math.min(...ys) - view.clientHeight) / 2;
    show();
  }

  function spread() {
    const points = places.map(({ lon, lat }) => pixels(lon, lat, zoom));
    return [points.map(([x]) => x), points.map(([, y]) => y)];
  }

  function show() {
    const shown = new Map([...tiles.children].map((image) => [image.dataset.at, image]));
    const wanted = [];
    for (let y = Math.floor(top / TILE); y * TILE < top + view.clientHeight; y++) {
      for (let x = Math.floor(left / TILE); x * TILE < left + view.clientWidth; x++) {
        const at = `${zoom}/${x}/${y}`;
        const address = box.dataset.tiles.replace("{z}", zoom).replace("{x}", x).replace("{y}", y);
        const image = shown.get(at) ?? element("img", "", { src: address, alt: "", width: TILE, height: TILE, draggable: false });
        image.dataset.at = at;
        image.style.translate = `${Math.round(x * TILE - left)}px ${Math.round(y * TILE - top)}px`;
        wanted.push(image);
      }
    }
    tiles.replaceChildren(...wanted);
    places.forEach(({ lon, lat }, number) => {
      const [x, y] = pixels(lon, lat, zoom);
      pins.children[number].style.translate = `${Math.round(x - left)}px ${Math.round(y - top)}px`;
    });
  }

  // The point at (x, y) of the view stays where it is.
  function zoomBy(step, x = view.clientWidth / 2, y = view.clientHeight / 2) {
    const next = Math.min(NEAREST, Math.max(FARTHEST, zoom + step));
    const factor = 2 ** (next - zoom);
    [left, top, zoom] = [(left + x) * factor - x, (top + y) * factor - y, next];
    show();
  }

  function zoomButtons() {
    const group = element("div", "map-zoom");
    for (const [sign, step, name] of [["＋", 1, box.dataset.larger], ["−", -1, box.dataset.smaller]]) {
      const button = element("button", "", { type: "button", textContent: sign, ariaLabel: name });
      button.addEventListener("click", () => zoomBy(step));
      group.append(button);
    }
    return group;
  }

  function moveBy(x, y) {
    [left, top] = [left - x, top - y];
    show();
  }

  const fingers = new Map();
  view.addEventListener("pointerdown", (event) => {
    if (event.target.closest("a, button")) return;
    fingers.set(event.pointerId, event);
    view.setPointerCapture(event.pointerId);
  });
  view.addEventListener("pointermove", (event) => {
    const before = fingers.get(event.pointerId);
    if (!before) return;
    const others = [...fingers.values()].filter((finger) => finger.pointerId !== event.pointerId);
    fingers.set(event.pointerId, event);
    if (!others.length) return moveBy(event.clientX - before.clientX, event.clientY - before.clientY);
    const apart = (one) => Math.hypot(one.clientX - others[0].clientX, one.clientY - others[0].clientY);
    const edge = view.getBoundingClientRect();
    view.stretch = (view.stretch ?? 1) * (apart(event) / Math.max(apart(before), 1));
    if (view.stretch > 1.6 || view.stretch < 0.625) {
      zoomBy(view.stretch > 1 ? 1 : -1, event.clientX - edge.left, event.clientY - edge.top);
      view.stretch = 1;
    }
  });
  for (const name of ["pointerup", "pointercancel"]) view.addEventListener(name, (event) => fingers.delete(event.pointerId));
  view.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.metaKey) return; // the page itself must still scroll
    event.preventDefault();
    const edge = view.getBoundingClientRect();
    zoomBy(event.deltaY < 0 ? 1 : -1, event.clientX - edge.left, event.clientY - edge.top);
  }, { passive: false });
  view.addEventListener("keydown", (event) => {
    const moves = { ArrowLeft: [80, 0], ArrowRight: [-80, 0], ArrowUp: [0, 80], ArrowDown: [0, -80] };
    if (event.target !== view) return;
    if (moves[event.key]) moveBy(...moves[event.key]);
    else if (event.key === "+" || event.key === "-") zoomBy(event.key === "+" ? 1 : -1);
    else return;
    event.preventDefault();
  });
  new ResizeObserver(show).observe(view);
}

function element(name, className = "", more = {}) {
  return Object.assign(document.createElement(name), { className }, more);
}
