"use strict";
// One outcome is chosen: by a click, by the arrow keys, or by the address.
const links = [...document.querySelectorAll("#outcomes a")];

function choose(number, takesFocus) {
  const link = links[number];
  if (!link) return;
  for (const one of links) one.removeAttribute("aria-current");
  link.setAttribute("aria-current", "true");
  for (const one of document.querySelectorAll(".witness")) {
    one.classList.toggle("chosen", `#${one.id}` === link.hash);
  }
  for (const one of document.querySelectorAll("#graph path")) one.classList.remove("taken");
  for (const name of document.querySelector(link.hash).dataset.ways.split(" ").filter(Boolean)) {
    document.getElementById(`way-${name}`)?.classList.add("taken");
  }
  if (takesFocus) link.focus();
}

const chosen = () => links.findIndex((one) => one.hasAttribute("aria-current"));
links.forEach((link, number) => link.addEventListener("click", (event) => {
  event.preventDefault();
  choose(number, true);
}));
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.target.closest?.(".scrolled")) return;
  if (event.key === "t") switchTheme();
  const step = { ArrowDown: 1, ArrowUp: -1, Home: -links.length, End: links.length }[event.key];
  if (step === undefined) return;
  event.preventDefault();
  choose(Math.max(0, Math.min(links.length - 1, chosen() + step)), true);
});
choose(Math.max(0, links.findIndex((one) => one.hash === location.hash)), false);
