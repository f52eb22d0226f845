"use strict";

// Moves a cursor over a picture that is complete without this script.
// Programs' texts reach the page through textContent alone, never as markup.

const data = JSON.parse(document.getElementById("data").textContent);
const steps = data.steps;
const last = steps.length - 1;
const $ = name => document.getElementById(name);
const marks = [...document.querySelectorAll("#timeline .content [data-i]")];
const bars = [...document.querySelectorAll("#timeline .bar")];
const hues = {};
const labelsWidth = 118;
const mostTables = 24;
let now = last;

// ------------------------------------------------------------------------- what is true at a step

// A list of [step, value] pairs: the value of the last pair that is not after a step.
function at(list, step) {
  let found = null;
  for (const entry of list) {
    if (entry[0] <= step) found = entry[1];
  }
  return found;
}

function stateOf(process, step) {
  if (process.birth > step) return "";
  for (const [state, begin, end] of process.states) {
    if (begin <= step && (step < end || end > last)) return state;
  }
  return "";
}

function hue(letter) {
  hues[letter] ??= `hsl(${(Object.keys(hues).length * 137 + 210) % 360} 65% 50%)`;
  return hues[letter];
}

// --------------------------------------------------------------------------------------- the tables

function cell(row, text, kind) {
  const made = row.insertCell();
  made.textContent = text;
  if (kind) made.className = kind;
  return made;
}

function showStates(step) {
  const body = $("states");
  body.textContent = "";
  for (const process of data.processes) {
    const state = stateOf(process, step);
    if (!state) continue;
    const row = body.insertRow();
    if (steps[step].of.includes(process.name)) row.className = "now";
    cell(row, process.label).title = "birth path " + process.path;
    cell(row, process.path);
    cell(row, process.pid);
    cell(row, at(process.programs, step) || "");
    cell(row, state);
    cell(row, at(process.parents, step));
  }
  if (!body.rows.length) cell(body.insertRow(), "No process is left.").colSpan = 6;
}

function showDescriptors(step) {
  const box = $("descriptors");
  const ends = [];
  box.querySelectorAll("table").forEach(old => old.remove());
  const holders = data.processes.filter(process => {
    const state = stateOf(process, step);
    return state && state !== "zombie" && (at(process.tables, step) || []).length;
  });
  for (const process of holders.slice(0, mostTables)) {
    const table = document.createElement("table");
    const program = at(process.programs, step) || "";
    table.createCaption().textContent = process.label + " " + program;
    for (const [number, words, letter, end] of at(process.tables, step)) {
      const row = table.insertRow();
      cell(row, number);
      const target = cell(row, words, letter ? "end" : "");
      target.title = words;
      if (letter) {
        target.style.color = hue(letter);
        ends.push({row, letter, end});
      }
    }
    box.append(table);
  }
  $("none").hidden = holders.length > 0;
  joinEnds(ends);
}

// ------------------------------------------------------- lines that join the ends of each pipe

function draw(name, attributes, text) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const key in attributes) made.setAttribute(key, attributes[key]);
  if (text) made.textContent = text;
  $("joins").append(made);
  return made;
}

function joinEnds(ends) {
  const base = $("joins").getBoundingClientRect();
  $("joins").textContent = "";
  const letters = [...new Set(ends.map(one => one.letter))];
  const rightOf = one => one.row.getBoundingClientRect().right - base.left;
  const edge = Math.max(0, ...ends.map(rightOf));
  letters.forEach((letter, place) => {
    const mine = ends.filter(one => one.letter === letter);
    const middles = mine.map(one => {
      const box = one.row.getBoundingClientRect();
      return (box.top + box.bottom) / 2 - base.top;
    });
    const x = edge + 44 + place % 4 * 30;
    const y = (Math.min(...middles) + Math.max(...middles)) / 2;
    const color = hue(letter);
    mine.forEach((one, which) => {
      const from = rightOf(one);
      const middle = middles[which];
      const bend = (x - from) / 2;
      const curve = `C${from + bend} ${middle} ${x - bend} ${y} ${x - 10} ${y}`;
      draw("path", {d: `M${from} ${middle}${curve}`}).style.stroke = color;
      if (one.end === "r") {
        const arrow = `M${from + 9} ${middle - 5}L${from + 1} ${middle}l8 5`;
        draw("path", {d: arrow}).style.stroke = color;
      }
    });
    draw("circle", {cx: x, cy: y, r: 10}).style.stroke = color;
    draw("text", {x, y: y + 4}, letter);
  });
}

// ---------------------------------------------------------------------------------------- one step

function showCauses(step) {
  const box = $("because");
  box.textContent = "";
  const causes = steps[step].causes;
  if (steps[step].free) box.append("∥ It could as well have come before the step above. ");
  if (!causes) return;
  box.append("Because of ");
  causes.forEach((cause, place) => {
    const link = document.createElement("a");
    link.href = "#" + (cause + 1);
    link.textContent = (cause + 1) + ". " + steps[cause].text;
    if (place) box.append(", ");
    box.append(link);
  });
}

function showPicture(step) {
  $("cursor").setAttribute("x", data.x0 + step * data.column);
  for (const mark of marks) mark.classList.toggle("future", +mark.dataset.i > step);
  for (const bar of bars) {
    const begin = +bar.dataset.i;
    const shown = step === last ? last + .6 : Math.max(step + .5, begin);
    const width = Math.max(0, Math.min(+bar.dataset.e, shown) - begin);
    bar.setAttribute("width", width * data.column);
  }
}

function scrollToStep(step) {
  const view = document.querySelector(".picture");
  const x = labelsWidth + data.x0 + step * data.column;
  if (x < view.scrollLeft + 170 || x > view.scrollLeft + view.clientWidth - 60) {
    view.scrollLeft = x - view.clientWidth / 2;
  }
  const lane = data.processes.findIndex(process => process.name === steps[step].of[0]);
  const y = data.top + lane * data.lane;
  if (lane >= 0 && (y < view.scrollTop + 30 || y > view.scrollTop + view.clientHeight - 40)) {
    view.scrollTop = y - view.clientHeight / 2;
  }
}

function show(step, quiet) {
  now = Math.max(0, Math.min(last, step | 0));
  const one = steps[now];
  showPicture(now);
  $("say").textContent = (now + 1) + ". " + one.text;
  $("why").textContent = one.why;
  $("slider").value = now;
  $("slider").setAttribute("aria-valuetext", one.text);
  $("count").textContent = (now + 1) + " / " + steps.length;
  showCauses(now);
  showStates(now);
  showDescriptors(now);
  scrollToStep(now);
  if (!quiet) history.replaceState(null, "", "#" + (now + 1));
}

// ------------------------------------------------------------------- keys, pointer, address, colours

function showFromAddress() {
  const step = parseInt(location.hash.slice(1), 10);
  show(Number.isNaN(step) ? last : step - 1, true);
}

addEventListener("keydown", event => {
  if (event.altKey || event.ctrlKey || event.metaKey) return;
  if (event.target.tagName === "INPUT") return;
  const to = {
    ArrowRight: now + 1,
    ArrowLeft: now - 1,
    Home: 0,
    End: last,
    PageUp: now - 10,
    PageDown: now + 10,
  }[event.key];
  if (to !== undefined) {
    event.preventDefault();
    show(to);
  }
});

$("slider").addEventListener("input", event => show(+event.target.value));
$("first").addEventListener("click", () => show(0));
$("back").addEventListener("click", () => show(now - 1));
$("next").addEventListener("click", () => show(now + 1));
$("last").addEventListener("click", () => show(last));
document.querySelector(".hits").addEventListener("click", event => {
  if (event.target.dataset.i !== undefined) show(+event.target.dataset.i);
});
addEventListener("hashchange", showFromAddress);
addEventListener("resize", () => showDescriptors(now));

$("theme").addEventListener("click", () => {
  const root = document.documentElement;
  const isDark = root.dataset.theme
    ? root.dataset.theme === "dark"
    : matchMedia("(prefers-color-scheme:dark)").matches;
  root.dataset.theme = isDark ? "light" : "dark";
});

document.body.classList.add("steps");
showFromAddress();
