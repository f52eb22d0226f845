// The contents page: finished lessons, started lessons, and the next one.

const finished = /^#done=([a-z0-9-]+)$/.exec(location.hash);
if (finished) {
  noteProgress(finished[1], "done", true);
  history.replaceState(null, "", location.pathname);
}

function showProgress() {
  const all = allProgress();
  const entries = [...document.querySelectorAll(".lessons [data-lesson]")];
  const isDone = entry => Boolean(all[entry.dataset.lesson]?.done);
  for (const entry of entries) {
    const known = all[entry.dataset.lesson] ?? {answers: {}};
    const answered = Object.keys(known.answers).length;
    const state = entry.querySelector(".state");
    state.textContent = known.done ? "✓" : answered ? "…" : "";
    state.setAttribute("aria-label", known.done ? "done" : answered ? "begun" : "not begun");
  }
  for (const one of document.querySelectorAll(".plan [data-lesson]")) {
    one.classList.toggle("done", Boolean(all[one.dataset.lesson]?.done));
  }
  const core = entries.filter(entry => entry.dataset.kind === "core");
  const done = core.filter(isDone).length;
  const left = core.reduce((sum, entry) => sum + (isDone(entry) ? 0 : Number(entry.dataset.minutes)), 0);
  const time = left < 60 ? `${left} min` : `${Math.floor(left / 60)} h ${String(left % 60).padStart(2, "0")} min`;
  const bar = document.querySelector("progress");
  bar.value = core.length ? done / core.length : 0;
  document.querySelector(".progress-words").textContent
    = `${done} of ${core.length} core lessons done${left ? `, ${time} left` : ""}`;
  // The next lesson, as on the map of `simpsh lesson`: a started one, else the core, else any.
  const begun = entries.find(one => !isDone(one) && all[one.dataset.lesson]);
  const waiting = begun ?? core.find(one => !isDone(one)) ?? entries.find(one => !isDone(one));
  const next = waiting ?? entries[0];
  if (waiting) {
    waiting.querySelector(".state").textContent = "→";
    waiting.querySelector(".state").setAttribute("aria-label", begun ? "begun, next" : "next");
    const folded = waiting.closest("details");
    if (folded) folded.open = true;
  }
  const link = document.querySelector(".go-on");
  const title = next.querySelector("a").textContent;
  link.href = next.querySelector("a").getAttribute("href");
  link.textContent = !waiting ? "Once more from the beginning"
    : entries.some(isDone) || begun ? `Go on: ${title}` : "Begin";
}

document.querySelector("[data-forget]").addEventListener("click", () => {
  if (!confirm("Forget which lessons you have done, and your answers?")) return;
  forgetProgress();
  showProgress();
});
addEventListener("keydown", event => {
  if (event.key === "t" && !isTyping(event)) switchTheme();
});
// After a return from a lesson, the browser may show this page unchanged from its cache.
addEventListener("pageshow", showProgress);
addEventListener("storage", showProgress);
showProgress();
