// The contents page: what is done, what is begun, where to go on.

const told = /^#done=([a-z0-9-]+)$/.exec(location.hash);
if (told) {
  noteProgress(told[1], {done: true});
  history.replaceState(null, "", location.pathname);
}

function showProgress() {
  const all = allProgress();
  const entries = [...document.querySelectorAll(".lessons [data-lesson]")];
  const isDone = entry => Boolean(all[entry.dataset.lesson]?.done);
  for (const entry of entries) {
    const known = all[entry.dataset.lesson] ?? {};
    const answered = Object.keys(known.answers ?? {}).length;
    const state = entry.querySelector(".state");
    state.textContent = known.done ? "✓" : answered ? "…" : "";
    state.setAttribute("aria-label", known.done ? "done" : answered ? "begun" : "not begun");
  }
  for (const one of document.querySelectorAll(".plan [data-lesson]")) {
    one.classList.toggle("done", Boolean(all[one.dataset.lesson]?.done));
  }
  const done = entries.filter(isDone).length;
  const bar = document.querySelector("progress");
  bar.value = done / entries.length;
  document.querySelector(".progress-words").textContent = `${done} of ${entries.length} done`;
  const begun = entries.find(one => !isDone(one) && all[one.dataset.lesson]?.answers);
  const next = begun ?? entries.find(one => !isDone(one)) ?? entries[0];
  const link = document.querySelector(".go-on");
  const title = next.querySelector("a").textContent;
  link.href = next.querySelector("a").getAttribute("href");
  link.textContent = done === entries.length ? "Once more from the beginning"
    : done || begun ? `Go on: ${title}` : "Begin";
}

document.querySelector("[data-forget]").addEventListener("click", () => {
  if (!confirm("Forget which lessons you have done, and your answers?")) return;
  keep(progressKey, null);
  showProgress();
});
addEventListener("keydown", event => {
  if (event.key === "t" && !isTyping(event)) switchTheme();
});
// Back from a lesson: the page may come out of the browser's memory as it was.
addEventListener("pageshow", showProgress);
addEventListener("storage", showProgress);
showProgress();
