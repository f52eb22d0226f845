"use strict";

const find = document.getElementById("find");
find.addEventListener("input", () => {
  const words = find.value.trim().toLowerCase();
  for (const entry of document.querySelectorAll(".entry")) {
    entry.hidden = !entry.textContent.toLowerCase().includes(words);
  }
});
