"use strict";

// The reader's answers and finished lessons. They are stored in this browser only. Each fact has its
// own key: `simpsh-course/rule-1/q3` has {said, why, kind}, `simpsh-course/rule-1/done` has true.
// A page may see an old state of the store, and other pages write to it, so a page never writes back
// a value that it has only read.

const progressKey = /^simpsh-course\/([^/]+)\/([^/]+)$/;

// Return all records by lesson: {answers: {q3: {said, why, kind}}, done: true}.
function allProgress() {
  const all = {};
  for (const key of keptKeys()) {
    const [, lesson, fact] = progressKey.exec(key) ?? [];
    if (!lesson) continue;
    const record = all[lesson] ??= {answers: {}};
    try {
      const value = JSON.parse(stored(key));
      if (fact === "done") record.done = value === true;
      else if (value && typeof value === "object") record.answers[fact] = value;
    } catch {
      // Another page than one of the course wrote this.
    }
  }
  return all;
}

function progressOf(lesson) {
  return allProgress()[lesson] ?? {answers: {}};
}

// Store that a lesson is done, or the answer to one of its questions.
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
    || event.target.closest?.("input, textarea, select, summary, [role=tablist]");
}
