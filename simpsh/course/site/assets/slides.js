// Slides for a lecture: one section per slide, controlled by keys; the answer follows a question.

const slides = [...document.querySelectorAll(".slide")];
let slide = 0;

function isSlides() {
  return document.documentElement.classList.contains("slides");
}

function showSlide(number) {
  slide = Math.max(0, Math.min(slides.length - 1, number));
  slides.forEach((one, index) => one.classList.toggle("current", index === slide));
  scrollTo(0, 0);
  history.replaceState(null, "", `#slide-${slide + 1}`);
}

function beginSlides(number = 0) {
  document.documentElement.classList.add("slides");
  for (const one of slides) one.classList.remove("told-on-slide");
  showSlide(number);
}

function leaveSlides() {
  document.documentElement.classList.remove("slides");
  history.replaceState(null, "", location.pathname);
  slides[slide].scrollIntoView();
}

// Show the answer to a question of this slide, otherwise the next slide.
function goOn() {
  const current = slides[slide];
  if (current.classList.contains("asks") && !current.classList.contains("told-on-slide")) {
    current.classList.add("told-on-slide");
    for (const question of current.querySelectorAll(".question:not(.answered)")) {
      answerTo(question, null).classList.add("chosen");
    }
    scrollTo(0, 0);
    return;
  }
  showSlide(slide + 1);
}

function goBack() {
  const current = slides[slide];
  if (current.classList.contains("told-on-slide")) current.classList.remove("told-on-slide");
  else showSlide(slide - 1);
}

function playStep(where) {
  const figure = slides[slide].querySelector(".steps-through");
  const isHidden = slides[slide].matches(".asks:not(.told-on-slide)");
  if (figure && !isHidden) players.get(figure).go(where);
}

// Print all slides, with the answer to every question.
addEventListener("beforeprint", () => {
  slides[slide].classList.remove("current");
  for (const question of questions) {
    if (!question.classList.contains("answered")) answerTo(question, null).classList.add("chosen");
  }
});
addEventListener("afterprint", () => {
  if (isSlides()) showSlide(slide);
});

const slideKeys = {
  ArrowRight: goOn,
  PageDown: goOn,
  " ": goOn,
  Enter: goOn,
  ArrowLeft: goBack,
  PageUp: goBack,
  Home: () => showSlide(0),
  End: () => showSlide(slides.length - 1),
  ArrowDown: () => playStep("next"),
  ArrowUp: () => playStep("back"),
  Escape: leaveSlides,
  t: () => switchTheme(),
};
const pageKeys = {s: () => beginSlides(), t: () => switchTheme()};

addEventListener("keydown", event => {
  const table = isSlides() ? slideKeys : pageKeys;
  if (isTyping(event) || !Object.hasOwn(table, event.key)) return;
  if (/^( |Enter)$/.test(event.key) && event.target.closest?.("a, button, summary")) return;
  event.preventDefault();
  table[event.key]();
});

document.querySelector("[data-slides]").addEventListener("click", event => {
  event.target.blur();
  beginSlides();
});
const asked = /^#slide-(\d+)$/.exec(location.hash);
if (asked) beginSlides(+asked[1] - 1);
