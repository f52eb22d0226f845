"use strict";
// One outcome is chosen: by a click, by the slider, by the arrow keys, or by the address.
const links = [...document.querySelectorAll("#outcomes a")];
const slider = document.getElementById("order");

function choose(number, takesFocus) {
  const link = links[number];
  if (!link) return;
  for (const one of links) one.removeAttribute("aria-current");
  link.setAttribute("aria-current", "true");
  for (const one of document.querySelectorAll(".witness")) {
    one.classList.toggle("chosen", `#${one.id}` === link.hash);
  }
  if (slider) {
    const words = `order ${number + 1} of ${links.length}: ${link.firstElementChild.textContent}`;
    slider.value = number + 1;
    slider.setAttribute("aria-valuetext", words);
    slider.nextElementSibling.value = words;
  }
  if (takesFocus) link.focus();
}

const chosen = () => links.findIndex((one) => one.hasAttribute("aria-current"));
links.forEach((link, number) => link.addEventListener("click", (event) => {
  event.preventDefault();
  choose(number, true);
}));
slider?.addEventListener("input", () => choose(slider.value - 1, false));
document.addEventListener("keydown", (event) => {
  if (event.target === slider && event.key !== "t") return;
  if (event.ctrlKey || event.altKey || event.metaKey || event.target.closest?.(".scrolled")) return;
  if (event.key === "t") switchTheme();
  const step = { ArrowDown: 1, ArrowUp: -1, Home: -links.length, End: links.length }[event.key];
  if (step === undefined) return;
  event.preventDefault();
  choose(Math.max(0, Math.min(links.length - 1, chosen() + step)), true);
});
choose(Math.max(0, links.findIndex((one) => one.hash === location.hash)), false);
