// Guess, see, why: the part after a question is hidden until the question is answered or skipped.

const main = document.querySelector("main");
const lesson = main.dataset.lesson;
const scenes = [...document.querySelectorAll(".scene, section.end")];
const questions = [...document.querySelectorAll(".question")];
const {answers, tasks} = progressOf(lesson);
const boxes = [...document.querySelectorAll("[data-task]")];
let isAllShown = false;

// ------------------------------------------------------------------------------- answers

function feedbackOf(question) {
  return document.querySelector(`[data-answers="${question.id}"]`);
}

// Return the reply to a guess, the number of a choice.
function answerTo(question, said) {
  const all = [...feedbackOf(question).children];
  return all.find(one => one.dataset.guess === (said ?? "none")) ?? all[0];
}

function saidIn(question) {
  return question.querySelector("input:checked")?.value ?? null;
}

function showAnswer(question, {said}) {
  const chosen = answerTo(question, said);
  const box = feedbackOf(question);
  for (const one of box.querySelectorAll("[data-guess]")) one.classList.toggle("chosen", one === chosen);
  question.classList.add("answered");
  for (const one of question.querySelectorAll("input, button")) one.disabled = true;
  return chosen.dataset.kind;
}

function answer(question, said) {
  const kind = showAnswer(question, {said});
  answers[question.id] = {said, kind};
  noteProgress(lesson, question.id, answers[question.id]);
  reveal();
  // The focused button is disabled now, so move the focus to the reply or to the next question.
  const reply = feedbackOf(question);
  const next = question.closest(".asks").querySelector(".question:not(.answered) input");
  reply.tabIndex = -1;
  (reply.checkVisibility() ? reply : next ?? reply).focus({preventScroll: true});
}

function restore(question) {
  const known = answers[question.id];
  if (!known) return;
  for (const one of question.querySelectorAll("input[type=radio]")) one.checked = one.value === known.said;
  showAnswer(question, known);
}

// ------------------------------------------------------------------------------- what is shown

function isAnswered(scene) {
  return [...scene.querySelectorAll(".question")].every(one => one.classList.contains("answered"));
}

function reveal() {
  let isOpen = true;
  for (const scene of scenes) {
    scene.classList.toggle("later", !isOpen && !isAllShown);
    const isDone = isAnswered(scene);
    scene.classList.toggle("open", isDone || isAllShown);
    isOpen &&= isDone;
  }
  const guessed = Object.values(answers).filter(one => one.said !== null);
  const right = guessed.filter(one => one.kind === "right").length;
  const left = openParts({answers, tasks}, questions.length + boxes.length);
  document.querySelector(".guessed").textContent
    = (guessed.length ? `${right} of ${guessed.length} guessed right. ` : "")
    + (left ? `Still open: ${openWords()}.` : "");
}

// Say which parts are open, as on the map of `simpsh lesson`.
function openWords() {
  const skipped = questions.filter(one => answers[one.id]?.said == null).length;
  const undone = boxes.filter(one => !tasks.has(one.dataset.task)).length;
  const counted = (number, word) => number ? [`${number} ${word}${number === 1 ? "" : "s"}`] : [];
  return [...counted(skipped, "question"), ...counted(undone, "task")].join(" and ");
}

function showAll() {
  isAllShown = true;
  for (const question of questions) {
    if (!question.classList.contains("answered")) {
      answerTo(question, null).classList.add("chosen");
    }
  }
  reveal();
  document.querySelector("[data-reveal]").disabled = true;
}

for (const question of questions) {
  question.addEventListener("submit", event => {
    event.preventDefault();
    const said = saidIn(question);
    if (said === null) {
      question.querySelector("input").focus();
      return;
    }
    answer(question, said);
  });
  question.querySelector("[data-pass]").addEventListener("click", () => answer(question, null));
  const go = question.querySelector(".primary");
  const update = () => { go.disabled = saidIn(question) === null; };
  question.addEventListener("input", update);
  update();
  restore(question);
}

reveal();
// Also show answers that another page stored, or that the previous page stored late.
addEventListener("storage", () => {
  const known = progressOf(lesson).answers;
  for (const question of questions) {
    if (answers[question.id] || !known[question.id]) continue;
    answers[question.id] = known[question.id];
    restore(question);
  }
  reveal();
});
document.querySelector("[data-reveal]").addEventListener("click", showAll);

// A lesson is seen when its end was on the screen, and done when, besides, nothing is open. The address
// passes this to the contents page, too, because a browser may have a separate store for each file.
let isEndSeen = false;

function noteEnd() {
  if (!isEndSeen || isAllShown) return;
  const isDone = openParts({answers, tasks}, questions.length + boxes.length) === 0;
  const fact = isDone ? "done" : "seen";
  noteProgress(lesson, fact, true);
  document.querySelector("[data-contents]").hash = `${fact}=${lesson}`;
}

new IntersectionObserver(seen => {
  isEndSeen ||= seen.some(one => one.isIntersecting);
  noteEnd();
}).observe(document.querySelector("#end h2"));

for (const box of boxes) {
  box.checked = tasks.has(box.dataset.task);
  box.addEventListener("change", () => {
    if (box.checked) tasks.add(box.dataset.task);
    else tasks.delete(box.dataset.task);
    noteProgress(lesson, box.dataset.task, box.checked);
    reveal();
    noteEnd();
  });
}

// ------------------------------------------------------------------------------- terms

// A click on a term shows its meaning next to it; without scripts the link leads to the page's end.
const meaning = document.getElementById("meaning");
document.addEventListener("click", event => {
  const term = event.target.closest("a.term");
  const entry = term && document.getElementById(term.hash.slice(1));
  if (!entry || !meaning.showPopover) return;
  event.preventDefault();
  meaning.querySelector("dl").replaceChildren(...[...entry.children].map(one => one.cloneNode(true)));
  meaning.querySelector("a").hash = term.hash;
  meaning.showPopover();
  const box = term.getBoundingClientRect();
  const left = Math.max(8, Math.min(box.left, innerWidth - meaning.offsetWidth - 8));
  const isBelow = box.bottom + meaning.offsetHeight + 8 < innerHeight;
  meaning.style.left = `${left}px`;
  meaning.style.top = `${isBelow ? box.bottom + 6 : Math.max(8, box.top - meaning.offsetHeight - 6)}px`;
});
addEventListener("scroll", () => meaning.hidePopover?.(), {passive: true});
