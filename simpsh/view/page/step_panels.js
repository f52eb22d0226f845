// The panels next to the picture: the sentence, processes, descriptors, the source, all steps.

const MOST_ROWS = 60;
const MOST_TABLES = 24;
const hues = {};

function hue(letter) {
  hues[letter] ??= `hue-${Object.keys(hues).length % 8}`;
  return hues[letter];
}

// A process that is there runs or sleeps: the recording does not tell.
const stateWords = state => (state === "there" ? "runs or sleeps" : state);

function cell(row, text, kind) {
  const made = row.insertCell();
  made.textContent = text;
  if (kind) made.className = kind;
  return made;
}

function element(name, kind, text) {
  const made = document.createElement(name);
  if (kind) made.className = kind;
  if (text !== undefined) made.textContent = text;
  return made;
}

// Return the living processes; if there are too many to show, those of the step first.
function livingAt(step, most) {
  const {lane, other} = steps[step];
  const found = [];
  run.processes.forEach((process, place) => {
    const state = shownState(process, step);
    if (state) found.push({process, state, place, isNow: place === lane || place === other});
  });
  if (found.length <= most) return {shown: found, rest: 0};
  const shown = [...found.filter(one => one.isNow), ...found.filter(one => !one.isNow)];
  return {shown: shown.slice(0, most), rest: found.length - most};
}

function showStates(step) {
  const body = $("states");
  const {shown, rest} = livingAt(step, MOST_ROWS);
  body.textContent = "";
  for (const {process, state, isNow} of shown) {
    const row = body.insertRow();
    if (isNow) row.className = "now";
    cell(row, process.name, "who lane-" + process.colour);
    cell(row, process.pid);
    cell(row, at(process.programs, step) ?? "");
    cell(row, "").append(element("span", "state-mark " + state), stateWords(state));
    cell(row, at(process.parents, step));
  }
  if (!shown.length) cell(body.insertRow(), "No process is left.").colSpan = 5;
  $("more").hidden = !rest;
  $("more").textContent = `and ${rest} more, which live at this step too`;
}

// ---------------------------------------------------------------- descriptors, pipe ends joined

function showDescriptors(step) {
  const box = $("descriptors");
  const ends = [];
  box.querySelectorAll("table").forEach(old => old.remove());
  const holders = livingAt(step, Infinity).shown
    .filter(({process, state}) => state !== "zombie" && tableOf(process, step).length)
    .slice(0, MOST_TABLES);
  for (const {process, isNow} of holders) {
    const table = element("table", isNow ? "now" : "");
    const rows = tableOf(process, step);
    const age = rows[0][1];
    const caption = table.createCaption();
    caption.textContent = process.name + " " + (at(process.programs, step) ?? "");
    if (age) caption.append(" ", element("i", "", age));
    for (const [number, since, words, letter, end] of rows) {
      const row = table.insertRow();
      if (since) row.className = "old";
      cell(row, number);
      const target = cell(row, words, letter ? "end " + hue(letter) : "");
      target.title = since ? `${words}, ${since}` : words;
      if (letter) ends.push({row, letter, end, old: since ? " old" : ""});
    }
    box.append(table);
  }
  $("none").hidden = holders.length > 0;
  joinEnds(ends);
}

function joinEnds(ends) {
  const joins = $("joins");
  const base = joins.getBoundingClientRect();
  const boxes = ends.map(({row}) => row.getBoundingClientRect());
  const edge = Math.max(0, ...boxes.map(box => box.right - base.left));
  const lines = [];
  const letters = [];
  [...new Set(ends.map(one => one.letter))].forEach((letter, place) => {
    const mine = ends.map((one, which) => ({...one, box: boxes[which]}))
      .filter(one => one.letter === letter);
    const middles = mine.map(({box}) => (box.top + box.bottom) / 2 - base.top);
    const x = edge + 28 + place % 4 * 22;
    const y = (Math.min(...middles) + Math.max(...middles)) / 2;
    const kind = hue(letter);
    mine.forEach(({box, end, old}, which) => {
      const from = box.right - base.left;
      const middle = middles[which];
      const bend = (x - from) / 2;
      const curve = `C${from + bend} ${middle} ${x - bend} ${y} ${x - 10} ${y}`;
      lines.push(svgElement("path", {class: kind + old, d: `M${from} ${middle}${curve}`}));
      if (end === "r") {
        const head = `M${from + 9} ${middle - 5}L${from + 1} ${middle}l8 5`;
        lines.push(svgElement("path", {class: kind, d: head}));
      }
    });
    letters.push(svgElement("circle", {class: kind, cx: x, cy: y, r: 10}));
    letters.push(svgElement("text", {x, y: y + 4}, letter));
  });
  // Letters last, so that no line crosses them.
  joins.replaceChildren(...lines, ...letters);
}

// --------------------------------------------------------------------------------- the source

const texts = [...document.querySelectorAll("#texts pre")];
let shownFile = -1;

function openFile(file) {
  shownFile = file;
  $("file").value = file;
  const lines = texts[file].textContent.replace(/\n$/, "").split("\n");
  $("lines").replaceChildren(...lines.map((text, place) => {
    const line = element("div", "line");
    line.append(element("i", "", place + 1), element("code", "", text), element("span", "here"));
    return line;
  }));
}

// Highlight the line of the step, and mark the last known line of each living process.
function showSource(step) {
  if (!texts.length) return;
  const now = at(sites[steps[step].lane] ?? [], step);
  if (now && now.file !== shownFile) openFile(now.file);
  else if (shownFile < 0) openFile(0);
  for (const old of $("lines").querySelectorAll(".line.now, .line.held")) {
    old.classList.remove("now", "held");
    old.lastChild.textContent = "";
  }
  run.processes.forEach((process, lane) => {
    const site = at(sites[lane], step);
    const state = site && site.file === shownFile ? shownState(process, step) : "";
    const line = state && state !== "zombie" && $("lines").children[site.line - 1];
    if (!line) return;
    line.classList.add("held");
    const chip = element("b", (lane === steps[step].lane ? "chip now" : "chip") + " lane-" + process.colour, process.name);
    chip.title = `${process.name} ${stateWords(state)}` + (site.name ? `, in ${site.name}()` : "");
    line.lastChild.append(chip);
  });
  const lit = now && now.file === shownFile ? $("lines").children[now.line - 1] : null;
  lit?.classList.add("now");
  if (lit) keepInView($("lines"), lit);
}

// Scroll a box, but never the page, to show one of its descendants.
function keepInView(box, child) {
  const [outer, inner] = [box.getBoundingClientRect(), child.getBoundingClientRect()];
  if (inner.top < outer.top + 20 || inner.bottom > outer.bottom - 20) {
    box.scrollTop += inner.top - outer.top - outer.height / 3;
  }
}

// ------------------------------------------------------------------------- the step in words

function showCauses(step) {
  const box = $("because");
  box.textContent = "";
  const causes = run.causes[step] ?? [];
  if (causes.length) box.append("Because of ");
  causes.forEach(([cause, rule], place) => {
    const link = element("a", "", `${cause + 1}. ${textOf(cause)}`);
    link.href = "#" + (cause + 1);
    if (place) box.append(", ");
    box.append(link, ` (${rule})`);
  });
}

let litItem = null;

function showWords(step) {
  $("say").textContent = `${step + 1}. ${textOf(step)}`;
  $("site").textContent = siteOf(step);
  $("why").textContent = whyOf(step);
  $("slider").value = step;
  $("slider").setAttribute("aria-valuetext", textOf(step));
  $("count").textContent = `${step + 1} / ${steps.length} · ${duration(steps[step].ms)}`;
  $("first").disabled = $("back").disabled = nextShown(step, -1) === step;
  $("last").disabled = $("next").disabled = nextShown(step, 1) === step;
  litItem?.removeAttribute("aria-current");
  litItem = items[step];
  litItem.setAttribute("aria-current", "step");
  keepInView($("steps"), litItem);
  showCauses(step);
}
