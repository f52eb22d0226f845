// The contents page: finished lessons, started lessons, and the next one.

const finished = /^#(seen|done)=([a-z0-9-]+)$/.exec(location.hash);
if (finished) {
  noteProgress(finished[2], finished[1], true);
  history.replaceState(null, "", location.pathname);
}

function showProgress() {
  const all = allProgress();
  const entries = [...document.querySelectorAll(".lessons [data-lesson]")];
  const knownOf = entry => all[entry.dataset.lesson] ?? nothingKnown();
  const isDone = entry => knownOf(entry).done;
  const isSeen = entry => knownOf(entry).seen && !isDone(entry);
  for (const entry of entries) {
    const known = knownOf(entry);
    const isBegun = known.seen || Object.keys(known.answers).length > 0;
    const open = openParts(known, Number(entry.dataset.parts));
    const state = entry.querySelector(".state");
    state.textContent = known.done ? "✓" : isBegun ? "…" : "";
    state.setAttribute("aria-label", known.done ? "done" : isBegun ? "begun" : "not begun");
    const kind = entry.dataset.kind === "core" ? "" : `${entry.dataset.kind} · `;
    entry.querySelector(".where").textContent
      = kind + (isSeen(entry) && open ? `${open} open` : `${entry.dataset.minutes} min`);
  }
  const core = entries.filter(entry => entry.dataset.kind === "core");
  const done = core.filter(isDone).length;
  const parts = entries.filter(isSeen).length;
  const left = core.reduce((sum, entry) => sum + (isDone(entry) ? 0 : Number(entry.dataset.minutes)), 0);
  const time = left < 60 ? `${left} min` : `${Math.floor(left / 60)} h ${String(left % 60).padStart(2, "0")} min`;
  const bar = document.querySelector("progress");
  bar.value = core.length ? done / core.length : 0;
  document.querySelector(".progress-words").textContent
    = `${done} of ${core.length} core lessons done${parts ? `, ${parts} with open parts` : ""}`
    + (left ? `, ${time} left` : "");
  // The next lesson, as on the map of `simpsh lesson`: a started one, else the core, else any; those
  // whose end was seen come after those whose end was not.
  const waiting = entries.filter(one => !isDone(one));
  const begun = waiting.find(one => all[one.dataset.lesson] && !isSeen(one));
  const rank = one => (one.dataset.kind === "core" ? 0 : 2) + (isSeen(one) ? 1 : 0);
  const first = begun ?? waiting.toSorted((one, other) => rank(one) - rank(other))[0];
  if (first) {
    first.querySelector(".state").textContent = "→";
    first.querySelector(".state").setAttribute("aria-label", begun ? "begun, next" : "next");
    const folded = first.closest("details");
    if (folded) folded.open = true;
  }
  const next = first ?? entries[0];
  const link = document.querySelector(".go-on");
  const title = next.querySelector("a").textContent;
  link.href = next.querySelector("a").getAttribute("href");
  link.textContent = !first ? "Once more from the beginning"
    : entries.some(one => all[one.dataset.lesson]) ? `Go on: ${title}` : "Begin";
}

document.querySelector("[data-forget]").addEventListener("click", () => {
  if (!confirm("Forget which lessons you have done, and your answers?")) return;
  forgetProgress();
  showProgress();
});
// After a return from a lesson, the browser may show this page unchanged from its cache.
addEventListener("pageshow", showProgress);
addEventListener("storage", showProgress);
showProgress();
