// What the chosen venue says of itself, above the lists in which an event may say otherwise.
const line = document.querySelector("[data-at-venues]");
const venue = document.getElementById("venue_id");
if (line && venue) {
  const said = JSON.parse(line.dataset.atVenues);
  const show = () => {
    line.querySelector("span").textContent = said[venue.value] ?? "";
    line.hidden = !said[venue.value];
  };
  venue.addEventListener("change", show);
  venue.form.addEventListener("input", show);
  show();
}
