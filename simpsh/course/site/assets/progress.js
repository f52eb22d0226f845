"use strict";

// What the reader has answered and finished: kept in this browser, sent nowhere. Each fact has a key
// of its own: `simpsh-course/rule-1/q3` has {said, why, kind}, `simpsh-course/rule-1/done` has true.
// A page may see the store as it was a moment ago, and other pages write to it: no page writes what
// it has only read.

const progressKey = /^simpsh-course\/([^/]+)\/([^/]+)$/;

// All records by lesson: {answers: {q3: {said, why, kind}}, done: true}.
function allProgress() {
  const all = {};
  for (const key of keptKeys()) {
    const [, lesson, fact] = progressKey.exec(key) ?? [];
    if (!lesson) continue;
    const record = all[lesson] ??= {answers: {}};
    try {
      const value = JSON.parse(kept(key));
      if (fact === "done") record.done = value === true;
      else if (value && typeof value === "object") record.answers[fact] = value;
    } catch {
      // Not written by a page of the course.
    }
  }
  return all;
}

function progressOf(lesson) {
  return allProgress()[lesson] ?? {answers: {}};
}

// Keep that a lesson is done, or the answer to one of its questions.
function noteProgress(lesson, fact, value) {
  keep(`simpsh-course/${lesson}/${fact}`, JSON.stringify(value));
}

function forgetProgress() {
  for (const key of keptKeys()) {
    if (progressKey.test(key)) keep(key, null);
  }
}

// A key that is meant for a field or a control there is none of ours.
function isTyping(event) {
  return event.altKey || event.ctrlKey || event.metaKey
    || event.target.closest?.("input, textarea, select, summary, [role=tablist]");
}
