// What has been saved needs no copy on this device any more.

import { forget } from "./drafts.js";

const saved = document.querySelector("[data-saved]");
saved?.dataset.saved.split(" ").forEach((key) => forget(saved.dataset.user, key));
