"use strict";

// In the head of every page, before it is drawn: set light or dark, and note that scripts run.
// The browser stores the choice, unless it is the system's setting.

const systemIsDark = matchMedia("(prefers-color-scheme: dark)");
const themeKey = "simpsh-theme";

// A browser may refuse to store anything: then a choice lasts as long as the page.
function stored(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function store(key, value) {
  try {
    if (value === null) localStorage.removeItem(key);
    else localStorage.setItem(key, value);
  } catch {
    // The page works without storage.
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

// A switch has the name of the other theme.
function nameTheme() {
  for (const button of document.querySelectorAll("[data-theme-switch]")) {
    button.textContent = isDark() ? "Light" : "Dark";
  }
}

function switchTheme() {
  const wanted = isDark() ? "light" : "dark";
  const isUsual = (wanted === "dark") === systemIsDark.matches;
  store(themeKey, isUsual ? null : wanted);
  setTheme(isUsual ? null : wanted);
}

document.documentElement.classList.add("scripted");
setTheme(stored(themeKey));
systemIsDark.addEventListener("change", nameTheme);
document.addEventListener("DOMContentLoaded", nameTheme);
document.addEventListener("click", event => {
  if (event.target.closest?.("[data-theme-switch]")) switchTheme();
});
// Another page in this browser may have switched.
addEventListener("storage", event => {
  if (event.key === themeKey) setTheme(event.newValue);
});
