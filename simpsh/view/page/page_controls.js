// Buttons, keys, pointer, touch, the address; search; one process; paper.

// Return the nearest shown step in a direction; the same step if there is none.
function nextShown(step, by) {
  for (let next = step + Math.sign(by); next >= 0 && next <= last; next += Math.sign(by)) {
    if (layout.shown[next]) return Math.abs(by) > 1 ? nextShown(next, by - Math.sign(by)) : next;
  }
  return step;
}

function show(step, isQuiet) {
  chosen.step = Math.max(0, Math.min(last, step | 0));
  showInPicture(chosen.step);
  scrollToStep(chosen.step);
  attach();
  showWords(chosen.step);
  showStates(chosen.step);
  showDescriptors(chosen.step);
  showSource(chosen.step);
  if (!isQuiet) history.replaceState(null, "", "#" + (chosen.step + 1));
}

// After a change of the filter: lay out again, and stay at a shown step.
function refresh() {
  arrange();
  if (!layout.shown[chosen.step]) {
    const next = nextShown(chosen.step, 1);
    chosen.step = next === chosen.step ? nextShown(chosen.step, -1) : next;
  }
  items.forEach((item, step) => { item.hidden = !layout.shown[step]; });
  $("reset").hidden = !isFiltered();
  show(chosen.step, true);
}

// ----------------------------------------------------------------- a process and its descendants

function choose(lane) {
  chosen.process = lane;
  refresh();
}

function showEverything() {
  choose(-1);
}

$("reset").addEventListener("click", showEverything);
names.addEventListener("click", event => {
  const lane = event.target.closest("[data-l]")?.dataset.l;
  if (lane !== undefined && run.processes[lane]) choose(chosen.process === +lane ? -1 : +lane);
});

// ----------------------------------------------------------------------------------- the search

const lowered = items.map((_, step) => textOf(step).toLowerCase());

function search() {
  const words = $("search").value.trim().toLowerCase();
  for (const step of chosen.found) items[step].classList.remove("found");
  chosen.found = words
    ? steps.map((_, step) => step).filter(step => lowered[step].includes(words)) : [];
  for (const step of chosen.found) items[step].classList.add("found");
  $("found").textContent = !words ? "" : chosen.found.length
    ? `${chosen.found.length} found` : "none found";
}

function goToFound(by) {
  const {found, step} = chosen;
  if (!found.length) return;
  const next = by > 0 ? found.find(one => one > step) ?? found[0]
    : found.findLast(one => one < step) ?? found.at(-1);
  if (!layout.shown[next]) showEverything();
  show(next);
  $("found").textContent = `${found.indexOf(next) + 1} of ${found.length}`;
}

$("search").addEventListener("input", search);
$("search").addEventListener("keydown", event => {
  if (event.key === "Enter") goToFound(event.shiftKey ? -1 : 1);
});

// -------------------------------------------------------------------------------------- keys

function leave() {
  if ($("search").value) {
    $("search").value = "";
    search();
  } else if (isFiltered()) showEverything();
}

const keys = {
  ArrowRight: () => show(nextShown(chosen.step, 1)),
  ArrowLeft: () => show(nextShown(chosen.step, -1)),
  PageDown: () => show(nextShown(chosen.step, 10)),
  PageUp: () => show(nextShown(chosen.step, -10)),
  Home: () => show(layout.shown.indexOf(true)),
  End: () => show(layout.shown.lastIndexOf(true)),
  "+": () => zoom(1.5),
  "=": () => zoom(1.5),
  "-": () => zoom(1 / 1.5),
  0: () => zoom(0),
  "/": () => $("search").focus(),
  t: switchTheme,
  "?": () => $("help").showModal(),
  Escape: leave,
};

addEventListener("keydown", event => {
  if (!layout || event.altKey || event.ctrlKey || event.metaKey || $("help").open) return;
  const isTyping = event.target.matches?.("input[type=search], select");
  if (isTyping && event.key !== "Escape") return;
  if (event.target.closest?.(".scroll, #steps") && /^(Page|Home|End)/.test(event.key)) return;
  if (!Object.hasOwn(keys, event.key)) return;
  event.preventDefault();
  if (isTyping) event.target.blur();
  keys[event.key]();
});

$("first").addEventListener("click", keys.Home);
$("back").addEventListener("click", keys.ArrowLeft);
$("next").addEventListener("click", keys.ArrowRight);
$("last").addEventListener("click", keys.End);
$("zoom-in").addEventListener("click", keys["+"]);
$("zoom-out").addEventListener("click", keys["-"]);
$("zoom-fit").addEventListener("click", keys[0]);
$("help-button").addEventListener("click", keys["?"]);
$("slider").addEventListener("input", event => {
  const step = +event.target.value;
  show(layout.shown[step] ? step : nextShown(step, 1));
});
$("file").addEventListener("change", event => {
  openFile(+event.target.value);
  showSource(chosen.step);
});

// ------------------------------------------------------------------------- pointer and touch

for (const part of [timeline, axis]) {
  part.addEventListener("click", event => {
    show(layout.stepNear(event.clientX - part.getBoundingClientRect().left));
  });
}

view.addEventListener("scroll", () => {
  if (!layout) return;
  attach();
}, {passive: true});

view.addEventListener("wheel", event => {
  if (!event.ctrlKey) return;
  event.preventDefault();
  zoom(event.deltaY < 0 ? 1.2 : 1 / 1.2);
}, {passive: false});

$("steps").addEventListener("click", event => {
  const item = event.target.closest("li");
  if (item) show(items.indexOf(item));
});

$("because").addEventListener("click", event => {
  if (!event.target.hash) return;
  event.preventDefault();
  const step = +event.target.hash.slice(1) - 1;
  if (!layout.shown[step]) showEverything();
  show(step);
});

let touch = null;
$("now").addEventListener("touchstart", event => {
  touch = event.target.matches("input") ? null : event.changedTouches[0];
}, {passive: true});
$("now").addEventListener("touchend", event => {
  if (!touch) return;
  const {clientX, clientY} = event.changedTouches[0];
  const [x, y] = [clientX - touch.clientX, clientY - touch.clientY];
  if (Math.abs(x) > 40 && Math.abs(x) > 2 * Math.abs(y)) {
    keys[x < 0 ? "ArrowRight" : "ArrowLeft"]();
  }
}, {passive: true});

addEventListener("resize", () => {
  if (!layout) return;
  arrange();
  show(chosen.step, true);
});

// -------------------------------------------------------------------------------------- paper

// The names keep their share of the width; see components.css.
addEventListener("beforeprint", () => {
  document.documentElement.style.setProperty("--all-width", NAMES + layout.width);
});

// -------------------------------------------------------------------------------------- start

function showFromAddress() {
  const step = parseInt(location.hash.slice(1), 10);
  show(Number.isNaN(step) ? 0 : step - 1, true);
}

addEventListener("hashchange", () => {
  if (layout && /^#\d+$/.test(location.hash)) showFromAddress();
});

if (steps.length) {
  $("source").hidden = !texts.length;
  run.files.forEach((file, number) => {
    const option = element("option", "", file.split("/").at(-1));
    option.value = number;
    option.title = file;
    $("file").append(option);
  });
  $("file").hidden = run.files.length < 2;
  wantedColumn = roomForColumns() / steps.length < LEAST_READABLE ? LEAST_READABLE : 0;
  arrange();
  showFromAddress();
} else {
  // A run without steps: show the page as without a script.
  document.documentElement.classList.remove("scripted");
}
document.documentElement.classList.add("ready");
