"use strict";

// What the reader has answered and finished: kept in this browser, sent nowhere.
// A record of a lesson: {answers: {q3: {said, why, kind}}, done: true}.

const progressKey = "simpsh-course";

function allProgress() {
  try {
    const found = JSON.parse(kept(progressKey));
    return found && typeof found === "object" ? found : {};
  } catch {
    return {};
  }
}

function progressOf(lesson) {
  return allProgress()[lesson] ?? {};
}

function noteProgress(lesson, change) {
  const all = allProgress();
  all[lesson] = {...all[lesson], ...change};
  keep(progressKey, JSON.stringify(all));
}

// A key that is meant for a field or a control there is none of ours.
function isTyping(event) {
  return event.altKey || event.ctrlKey || event.metaKey
    || event.target.closest?.("input, textarea, select, summary, [role=tablist]");
}
