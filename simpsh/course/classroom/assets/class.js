"use strict";

// The server sends the whole content at the start and at each change: `now` for all students, and
// `said`, the answers of this student by question and slot. So a page that reconnects is complete.

const $ = id => document.getElementById(id);
const LETTERS = "abcdefghij";
const HEADS = {
  wait: "Look at the screen",
  vote: "What do you think?",
  closed: "Your answer",
  talk: "Talk to your neighbours",
  task: "Your turn",
  tried: "Look at the screen",
  run: "What happened",
  why: "Why",
  end: "The lesson is over",
};
const LOST = "No connection. Your answers are sent when it is back.";
let now, said, own, stream, drawn, sending, unsent, draft;

// Return a new element. Texts of students are never inserted as markup.
function make(tag, properties, ...contents) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...contents.filter(content => content));
  return element;
}

// Return an element with markup of the lesson, which the server has escaped.
const lessons = (html, className = "") => make("div", {innerHTML: html ?? "", className});

function net(text, isLost = false) {
  if ($("net").textContent !== text) $("net").textContent = text;
  $("net").classList.toggle("lost", isLost);
}

async function post(what, data) {
  const answer = await fetch(what, {
    method: "POST",
    headers: {"Content-Type": "application/json"},
    body: JSON.stringify(data),
    signal: AbortSignal.timeout(9000),
  });
  const body = await answer.json();
  if (!answer.ok) throw Object.assign(new Error(body.error), {status: answer.status});
  return body;
}

// ---------------------------------------------------------------------------- joining

async function begin(word = location.pathname.split("/").pop()) {
  try {
    await post("join", {word});
    listen();
  } catch (problem) {
    if (!problem.status || problem.status === 429 || problem.status === 503) {
      net(problem.status ? problem.message : LOST, true);
      setTimeout(begin, 2000, word);
      return;
    }
    net(word ? problem.message : "", Boolean(word));
    askForTheWord();
  }
}

function askForTheWord() {
  const field = make("input", {type: "text", autocapitalize: "off", autocomplete: "off", required: true});
  const form = make("form", {}, make("label", {}, "The word on the screen", field), make("button", {textContent: "Join"}));
  form.addEventListener("submit", event => {
    event.preventDefault();
    begin(field.value.trim());
  });
  drawn = "";
  $("place").replaceChildren(form);
  field.focus();
}

function listen() {
  stream?.close();
  stream = new EventSource("events");
  stream.addEventListener("message", event => {
    ({now, said} = JSON.parse(event.data));
    own = said[now.key] ?? {};
    net("Connected");
    draw();
    if (unsent) say(unsent);
  });
  stream.addEventListener("error", () => {
    net(now?.phase === "end" ? "Until the next lesson." : LOST, now?.phase !== "end");
    // Otherwise the browser reconnects without our help.
    if (stream.readyState === EventSource.CLOSED) setTimeout(begin, 1000 + 2000 * Math.random());
  });
}

// ------------------------------------------------------------------------------ answering

// Send answers one after another, because the last one counts. An answer that cannot be sent is sent
// when the network is back, unless a later answer replaces it.
let before = Promise.resolve();
function say(what) {
  sending = what;
  unsent = null;
  before = before.then(() => deliver(what));
}

async function deliver(what) {
  try {
    await post("say", what);
    if (what.slot === "why" && now.phase !== "vote") tell("Sent.");
  } catch (problem) {
    if (!problem.status && sending === what) unsent = what;
    tell(problem.status ? `Not counted: ${problem.message}.` : LOST);
  }
  if (sending === what) sending = null;
}

const vote = text => say({key: now.key, slot: now.round, text});

function tell(text) {
  const status = $("told");
  if (status) status.textContent = text;
}

// Students try a task on their own computers, and report the result here.
function taskForm() {
  const button = make("button", {id: "done"});
  button.addEventListener("click", () => say({key: now.key, slot: "done", text: own.done === "yes" ? "no" : "yes"}));
  return [lessons(now.task), make("p", {textContent: "Try it in simpsh on a computer of your own."}), button];
}

function answered() {
  const {1: first, 2: second} = own;
  if (second) return `You say ${LETTERS[second]}. Before the talk: ${first ? LETTERS[first] : "nothing"}.`;
  return first ? `You said ${LETTERS[first]}.` : "You have not answered.";
}

// Return the text below an open question.
function answerState() {
  const mine = own[now.round];
  if (mine) return `Your answer: ${LETTERS[mine]}. You can change it until it is closed.`;
  if (own[1]) return `Before the talk you said ${LETTERS[own[1]]}. Answer again.`;
  return "No other student sees your answer.";
}

function choices(isOpen) {
  const mine = own[2] ?? own[1];
  const list = now.choices.map((html, index) => {
    const button = make("input", {type: "radio", name: "answer", value: String(index), checked: !isOpen && mine === String(index)});
    button.addEventListener("change", () => vote(button.value));
    return make("label", {className: "choice"}, button, make("strong", {textContent: LETTERS[index]}), lessons(html));
  });
  return make("fieldset", {disabled: !isOpen}, make("legend", {}, lessons(now.question)), ...list);
}

function whyForm() {
  if (!own[1] && !own[2]) return null;
  const key = now.key;
  const field = make("textarea", {rows: 2, maxLength: 300, id: "why", value: own.why ?? ""});
  // Send the text even if the teacher continues; show the text of another page if nothing was typed.
  let isWritten = false;
  field.addEventListener("input", () => { isWritten = true; });
  draft = () => {
    if (!isWritten || key !== now.key) return;
    isWritten = false;
    own.why = field.value.trim();
    say({key, slot: "why", text: own.why});
  };
  field.refresh = () => { if (!isWritten) field.value = own.why ?? ""; };
  const form = make("form", {}, make("label", {}, "Why? (if you like; without a name)", field), make("button", {textContent: "Send"}));
  form.addEventListener("submit", event => {
    event.preventDefault();
    draft();
  });
  return form;
}

// -------------------------------------------------------------------------------- showing

function record() {
  const answers = now.polls.filter(poll => said[poll.key]).map(poll => {
    const {1: first, 2: second, done} = said[poll.key];
    const answer = second ?? first;
    const isTask = done !== undefined;
    const good = isTask ? (done === "yes" ? true : null) : poll.right === null ? null : answer === poll.right;
    return {...poll, isTask, good, answer: isTask ? (good ? "You have done it." : "Not yet.") : answer};
  });
  const items = answers.filter(({lesson}) => lesson === now.id).map(({question, choices, answer, good, isTask}) => {
    const sign = good === null ? "" : good ? "✓ " : "✗ ";
    const words = good === null || isTask ? "" : good ? "Right: " : "Not right: ";
    const text = choices[answer] ?? answer;
    return make("li", {}, make("div", {textContent: question}), make("b", {className: good ? "good" : "bad", ariaHidden: "true", textContent: sign}),
      make("span", {className: "spoken", textContent: words}), make("span", {textContent: text}));
  });
  // Lessons of this class with a wrong answer come first.
  const again = new Set(answers.filter(({good}) => good === false).map(({lesson}) => lesson));
  const todo = [...again].map(id => [`lesson run ${id}`, "Once more, at your own pace"]);
  if (now.exercise) todo.push([`lesson exercise start ${now.exercise}`, "An exercise"]);
  if (now.next) todo.push([`lesson run ${now.next[0]}`, now.next[1]]);
  return [
    make("ul", {className: "record"}, ...items),
    todo.length ? make("h2", {textContent: "What to do next"}) : null,
    ...todo.map(([words, title]) => make("p", {}, `${title}: `, make("code", {textContent: `simpsh ${words}`}))),
  ];
}

const parts = {
  wait: () => [make("p", {textContent: "You have joined. Questions appear here."})],
  vote: () => [choices(true)],
  closed: () => [choices(false), whyForm()],
  talk: () => [make("p", {textContent: "Convince each other. Then you answer again."}), ...parts.closed()],
  task: () => taskForm(),
  tried: () => [lessons(now.task)],
  run: () => [lessons(now.picture)],
  why: () => [lessons(reason(), "reason"), lessons(now.picture)],
  end: () => [lessons(now.text), ...record()],
};

// Return the reason for the student's own answer.
function reason() {
  const mine = own[2] ?? own[1];
  return now.reasons[mine ?? "none"];
}

function draw() {
  const content = [now.phase, now.key, now.round, now.picture?.length].join();
  $("lesson").textContent = document.title = now.lesson ?? "Class";
  if (content !== drawn) {
    draft?.();
    draft = null;
    const head = make("h2", {tabIndex: -1, textContent: now.phase === "vote" && now.round === "2" ? "And now?" : HEADS[now.phase]});
    const hasWords = ["closed", "talk", "run", "why"].includes(now.phase) && now.key;
    const words = make("p", {className: "note", id: "standing", hidden: !hasWords});
    const status = make("p", {id: "told"});
    status.setAttribute("role", "status");
    $("place").replaceChildren(...[head, words, ...parts[now.phase]().filter(part => part), status].filter(part => part));
    // A screen reader reads the heading of the new content.
    if (drawn !== undefined) head.focus();
    scrollTo(0, 0);
    drawn = content;
  }
  $("standing").textContent = answered();
  $("why")?.refresh();
  if (now.phase === "task")
    $("done").textContent = own.done === "yes" ? "Done. Take it back" : "I have done it";
  if (now.phase === "vote") {
    const mine = own[now.round] ?? "";
    for (const button of document.querySelectorAll(".choice input")) button.checked = button.value === ((sending ?? unsent)?.text ?? mine);
    tell(answerState());
  }
}

begin();
