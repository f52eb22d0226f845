"use strict";

// The key is shown, and printed, where that is wanted.
const withKey = document.getElementById("with-key");
const showKey = () => document.documentElement.classList.toggle("with-key", withKey.checked);
withKey.addEventListener("change", showKey);
document.querySelector("[data-print]").addEventListener("click", () => print());
showKey();
