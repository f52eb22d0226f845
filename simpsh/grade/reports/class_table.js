"use strict";

// Sorts the table of a class: a click on a column's head, and another one for the other way round.

const table = document.getElementById("submissions");
const body = table.tBodies[0];
const heads = [...table.tHead.rows[0].cells];
const byName = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

function valueOf(row, column) {
  const cell = row.cells[column];
  if ("value" in cell.dataset) return Number(cell.dataset.value);
  return (cell.querySelector("a") ?? cell).textContent;
}

function compare(first, second) {
  return typeof first === "number" ? first - second : byName.compare(first, second);
}

function sortBy(column) {
  const head = heads[column];
  const isUp = head.getAttribute("aria-sort") !== "ascending";
  for (const one of heads) one.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", isUp ? "ascending" : "descending");
  const rows = [...body.rows].map(row => [valueOf(row, column), row]);
  rows.sort((first, second) => (isUp ? 1 : -1) * compare(first[0], second[0]));
  body.append(...rows.map(one => one[1]));
}

heads.forEach((head, column) => head.querySelector("button").addEventListener("click", () => sortBy(column)));
heads[0].setAttribute("aria-sort", "ascending");
