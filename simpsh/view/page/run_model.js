"use strict";

// The state of the run at a step. Texts of programs reach the page only by textContent.

const $ = id => document.getElementById(id);
const run = JSON.parse($("data").textContent);
const items = [...$("steps").querySelectorAll("li")];
const steps = run.steps.map(([lane, other, ms]) => ({lane, other, ms}));
const last = steps.length - 1;
const passiveSteps = new Set(run.passive);

const textOf = step => items[step].querySelector("b").textContent;
const siteOf = step => items[step].querySelector("i")?.textContent ?? "";
const whyOf = step => items[step].querySelector("p")?.textContent ?? "";

// Return the index of the last entry of a sorted list that is not after a step; -1 for none.
function placeAt(list, step) {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (list[middle][0] <= step) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

// Return the value at a step, from a list of [step, value] pairs.
function at(list, step) {
  const place = placeAt(list, step);
  return place < 0 ? null : list[place][1];
}

function stateOf(process, step) {
  if (process.birth > step) return "";
  for (const [state, begin, end] of process.states) {
    if (begin <= step && (step < end || end > last)) return state;
  }
  return "";
}

// Return the displayed state of a process: it runs if the step is its own.
function shownState(process, step) {
  const state = stateOf(process, step);
  const isIts = run.processes[steps[step].lane] === process && !passiveSteps.has(step);
  return state === "there" && isIts ? "running" : state;
}

// Return a process's descriptors, each with the step at which it was seen; "" if it is current.
function tableOf(process, step) {
  const [, table, since, others] = process.tables[placeAt(process.tables, step)] ?? [];
  const age = number => {
    const seen = others[number] ?? since;
    return seen < 0 || seen === step ? "" : `as of step ${seen + 1}`;
  };
  return (run.tables[table] ?? []).map(([number, ...row]) => [number, age(number), ...row]);
}

// Return the lanes of a process and its descendants.
function familyOf(lane) {
  const found = new Set([lane]);
  run.processes.forEach((process, child) => {
    if (found.has(process.parent)) found.add(child);
  });
  return found;
}

// By lane, in order: [step, file, line, function].
const sites = run.processes.map(() => []);
for (const [step, lane, file, line, name] of run.sites) {
  sites[lane]?.push([step, {file, line, name}]);
}

function duration(ms) {
  return ms < 10000 ? ms.toFixed(1) + " ms" : (ms / 1000).toFixed(2) + " s";
}

// ------------------------------------------------------------------------------------ selection

// The selection: step, filter, search results. Panels and picture read it.
const chosen = {
  step: 0,
  process: -1,
  found: [],
};

const isFiltered = () => chosen.process >= 0;

// Return for each step whether the filter shows it.
function shownSteps() {
  const lanes = chosen.process < 0 ? null : familyOf(chosen.process);
  return steps.map(({lane, other}) => !lanes || lanes.has(lane) || lanes.has(other));
}
