// Buttons, keys, pointer, touch, the address; search and filter; paper.

// Return the nearest shown step in a direction; the same step if there is none.
function nextShown(step, by) {
  for (let next = step + Math.sign(by); next >= 0 && next <= last; next += Math.sign(by)) {
    if (layout.shown[next]) return Math.abs(by) > 1 ? nextShown(next, by - Math.sign(by)) : next;
  }
  return step;
}

function show(step, isQuiet) {
  chosen.step = Math.max(0, Math.min(last, step | 0));
  if (chosen.isFolded) {
    const lanes = shownLanes(layout.shown);
    if (lanes.join() !== layout.lanes.join()) arrange();
  }
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
  const hidden = layout.shown.filter(one => !one).length;
  $("filtered").hidden = !hidden;
  $("filtered").textContent = hidden ? `−${hidden}` : "";
  $("filtered").title = `${hidden} steps are hidden`;
  show(chosen.step, true);
}

// ----------------------------------------------------------------------------------- the filter

run.processes.forEach((process, lane) => {
  const option = element("option", "", `${process.name} ${process.programs.at(-1)?.[1] ?? ""}`);
  option.value = lane;
  $("process").append(option);
});

for (const kind of run.kinds) {
  const label = element("label", "check");
  const box = element("input");
  const many = steps.filter(step => step.kind === kind).length;
  box.type = "checkbox";
  box.checked = true;
  box.value = kind;
  label.append(box, ` ${kind} `, element("span", "remark", many));
  $("kinds").append(label);
}

function choose(lane) {
  $("process").value = chosen.process = lane;
  refresh();
}

$("process").addEventListener("change", event => choose(+event.target.value));
$("family").addEventListener("change", event => {
  chosen.withFamily = event.target.checked;
  refresh();
});
$("kinds").addEventListener("change", event => {
  chosen.hiddenKinds[event.target.checked ? "delete" : "add"](event.target.value);
  // Keep at least one step.
  if (!shownSteps().includes(true)) {
    chosen.hiddenKinds.delete(event.target.value);
    event.target.checked = true;
  }
  refresh();
});

function showEverything() {
  chosen.hiddenKinds.clear();
  $("kinds").querySelectorAll("input").forEach(box => { box.checked = true; });
  choose(-1);
}

function fold() {
  chosen.isFolded = !chosen.isFolded;
  $("fold").setAttribute("aria-pressed", chosen.isFolded);
  refresh();
}

$("reset").addEventListener("click", showEverything);
$("fold").addEventListener("click", fold);
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
  if ($("filter").open) $("filter").open = false;
  else if ($("search").value) {
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
  f: fold,
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

addEventListener("pointerdown", event => {
  if (!$("filter").contains(event.target)) $("filter").open = false;
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

// Redraw all columns, in sheets, so that no sheet cuts the picture.
function fillPaper() {
  const wide = 38;
  const shown = steps.map(() => true);
  const sheets = [];
  for (let first = 0; first <= last; first += wide) {
    const end = Math.min(first + wide, steps.length);
    sheets.push(sheet(first, end, shown, wide));
  }
  $("paper").replaceChildren(...sheets);
}

function sheet(first, end, shown, wide) {
  const isAlive = lane => {
    const process = run.processes[lane];
    return process ? process.birth < end && process.gone >= first
      : edgeEntries.some(({step, to}) => to === lane && step >= first && step < end);
  };
  const lanes = [...Array(run.lanes).keys()].filter(isAlive);
  const page = new Layout({
    column: 24, shown, lanes, laneHeight: lanes.length > 13 ? DENSE : ROOMY, first,
  });
  const isOnSheet = ({step, until, lane}) => (lane === null || !Number.isNaN(page.ys[lane]))
    && (step === null || step < end && (until === null ? step >= first : until > first));
  const copies = (entries, layer) => entries.filter(isOnSheet)
    .map(entry => ({...entry, node: entry.node.cloneNode(true)}))
    .filter(entry => page.put(layer, entry))
    .map(({node}) => node);
  const width = LEFT + wide * page.column + 30;
  const height = page.height + run.size.axis;
  const body = svgElement("svg", {
    x: NAMES, y: run.size.axis, width: width, height: page.height,
    viewBox: `0 0 ${width} ${page.height}`,
  });
  layers.forEach((group, place) => {
    body.append(...copies(drawn[place], group.getAttribute("class")));
  });
  const top = svgElement("g", {transform: `translate(${NAMES} 0)`});
  const right = page.xs[end] - (end <= last ? page.column / 2 : -page.column);
  top.append(...page.numbers(page.xs[first], right), ...copies(pauseEntries, "pauses"));
  const side = svgElement("g", {transform: `translate(0 ${run.size.axis})`});
  side.append(...copies(nameEntries, "names"));
  const made = svgElement("svg", {viewBox: `0 0 ${NAMES + width} ${height}`, class: "sheet-picture"});
  made.classList.toggle("dense", page.isDense);
  made.append(body, top, side);
  const figure = element("figure");
  figure.append(element("figcaption", "", `Steps ${first + 1} to ${end} of ${steps.length}`), made);
  return figure;
}

addEventListener("beforeprint", fillPaper);
addEventListener("afterprint", () => $("paper").replaceChildren());

// -------------------------------------------------------------------------------------- start

function showFromAddress() {
  const step = parseInt(location.hash.slice(1), 10);
  show(Number.isNaN(step) ? run.first : step - 1, true);
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
