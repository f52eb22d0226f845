"use strict";

// The reader's answers and finished lessons. They are stored in this browser only. Each fact has its
// own key: `simpsh-course/rule-1/q3` has {said, why, kind}; `t5`, a task that the reader did, `seen`,
// the end of the page, and `done`, its end with nothing left open, have true.
// A page may see an old state of the store, and other pages write to it, so a page never writes back
// a value that it has only read.

const progressKey = /^simpsh-course\/([^/]+)\/([^/]+)$/;

// Return all records by lesson: {answers: {q3: {said, why, kind}}, tasks: {t5}, seen: true, done: true}.
function allProgress() {
  const all = {};
  for (const key of keptKeys()) {
    const [, lesson, fact] = progressKey.exec(key) ?? [];
    if (!lesson) continue;
    const record = all[lesson] ??= nothingKnown();
    try {
      const value = JSON.parse(stored(key));
      if (fact === "done" || fact === "seen") record[fact] = value === true;
      else if (value === true) record.tasks.add(fact);
      else if (value && typeof value === "object") record.answers[fact] = value;
    } catch {
      // Another page than one of the course wrote this.
    }
  }
  return all;
}

function nothingKnown() {
  return {answers: {}, tasks: new Set(), seen: false, done: false};
}

function progressOf(lesson) {
  return allProgress()[lesson] ?? nothingKnown();
}

// Return how many of the questions and tasks of a lesson are open; a skipped question is.
function openParts(known, parts) {
  const guessed = Object.values(known.answers).filter(one => one.said !== null).length;
  return Math.max(0, parts - guessed - known.tasks.size);
}

// Store that a lesson was seen or is done, or an answer, or a task that the reader did.
function noteProgress(lesson, fact, value) {
  store(`simpsh-course/${lesson}/${fact}`, JSON.stringify(value));
}

function forgetProgress() {
  for (const key of keptKeys()) {
    if (progressKey.test(key)) store(key, null);
  }
}

// Return whether a key press is for a field or a control, and not for the page.
function isTyping(event) {
  return event.altKey || event.ctrlKey || event.metaKey
    || event.target.closest?.("input, textarea, select, summary");
}

addEventListener("keydown", event => {
  if (event.key === "t" && !isTyping(event)) switchTheme();
});
