"use strict";

// In the head of every page, before anything is drawn: light or dark, and that scripts run.
// A choice is kept in this browser, as long as it is not what the system wants anyway.

const systemIsDark = matchMedia("(prefers-color-scheme: dark)");
const themeKey = "simpsh-theme";

// A browser may refuse to keep anything: then a choice lasts as long as the page.
function kept(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function keep(key, value) {
  try {
    if (value === null) localStorage.removeItem(key);
    else localStorage.setItem(key, value);
  } catch {
    // Nothing to do: the page works without.
  }
}

function keptKeys() {
  try {
    return Object.keys(localStorage);
  } catch {
    return [];
  }
}

function isDark() {
  return document.documentElement.dataset.theme ? document.documentElement.dataset.theme === "dark" : systemIsDark.matches;
}

function setTheme(theme) {
  if (theme === "dark" || theme === "light") document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
  nameTheme();
}

// A switch is named after what it leads to.
function nameTheme() {
  for (const button of document.querySelectorAll("[data-theme-switch]")) {
    button.textContent = isDark() ? "Light" : "Dark";
  }
}

function switchTheme() {
  const wanted = isDark() ? "light" : "dark";
  const isUsual = (wanted === "dark") === systemIsDark.matches;
  keep(themeKey, isUsual ? null : wanted);
  setTheme(isUsual ? null : wanted);
}

document.documentElement.classList.add("scripted");
setTheme(kept(themeKey));
systemIsDark.addEventListener("change", nameTheme);
document.addEventListener("DOMContentLoaded", nameTheme);
document.addEventListener("click", event => {
  if (event.target.closest?.("[data-theme-switch]")) switchTheme();
});
// Another page of this browser may have switched.
addEventListener("storage", event => {
  if (event.key === themeKey) setTheme(event.newValue);
});
