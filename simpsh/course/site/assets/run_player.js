// Steps through a recorded run: a cursor in the picture, the step in words, the line of the code.
// Texts are inserted by textContent only, never as markup.

function element(name, kind, text) {
  const made = document.createElement(name);
  if (kind) made.className = kind;
  if (text !== undefined) made.textContent = text;
  return made;
}

class RunPlayer {
  constructor(figure) {
    this.figure = figure;
    this.data = JSON.parse(figure.querySelector("script").textContent);
    this.view = figure.querySelector(".picture");
    this.picture = figure.querySelector(".picture svg[role=img]");
    this.items = [...figure.querySelectorAll("[data-steps] > li")];
    this.lines = [...figure.closest(".scene").querySelectorAll(
      ".code[data-language] > .listing .line")];
    this.output = figure.querySelector(".printed pre");
    this.whole = this.output?.textContent ?? "";
    this.last = this.items.length - 1;
    this.step = 0;
    this.addCursor();
    figure.addEventListener("click", event => this.click(event));
    figure.addEventListener("keydown", event => this.key(event));
    this.show(0, true);
  }

  addCursor() {
    const make = name => {
      const box = document.createElementNS("http://www.w3.org/2000/svg", "rect");
      box.setAttribute("class", name);
      box.setAttribute("height", this.picture.viewBox.baseVal.height);
      return box;
    };
    this.cursor = make("cursor");
    this.cursor.setAttribute("width", this.data.column);
    this.veil = make("veil");
    this.veil.setAttribute("width", this.picture.viewBox.baseVal.width);
    this.picture.querySelector(".content").before(this.cursor);
    this.picture.append(this.veil);
  }

  go(where) {
    const targets = {first: 0, back: this.step - 1, next: this.step + 1, last: this.last};
    this.show(Math.max(0, Math.min(this.last, targets[where])));
  }

  show(step, isFirst) {
    this.step = step;
    const {data, figure} = this;
    const now = data.steps[step];
    const find = name => figure.querySelector(name);
    find(".count").textContent = `${step + 1} / ${this.last + 1}`;
    find(".say").textContent = this.textOf(step);
    find(".at-line").textContent = now.line && now.code ? `line ${now.line}:  ${now.code}` : "";
    find(".cause").textContent = now.causes.length
      ? `Because of ${now.causes.map(one => `step ${one + 1}: ${this.textOf(one)}`).join("; ")}.`
      : "";
    find(".why").textContent = now.why;
    find("[data-go=first]").disabled = find("[data-go=back]").disabled = step === 0;
    find("[data-go=next]").disabled = find("[data-go=last]").disabled = step === this.last;
    this.items.forEach((item, index) => {
      if (index === step) item.setAttribute("aria-current", "step");
      else item.removeAttribute("aria-current");
    });
    this.markLines(now, now.causes.map(one => data.steps[one].line));
    // Keep the rest of the output in the page, because print shows all of it.
    this.output?.replaceChildren(this.whole.slice(0, now.printed) || " ",
      element("span", "to-come", this.whole.slice(now.printed)));
    this.moveCursor(isFirst);
  }

  textOf(step) {
    return this.items[step].querySelector("b").textContent;
  }

  markLines(now, causes) {
    for (const line of this.lines) {
      const number = +line.dataset.line;
      line.classList.toggle("now", number === now.line);
      line.classList.toggle("cause", number !== now.line && causes.includes(number));
      const processes = now.here.filter(([, at]) => at === number);
      line.querySelector(".here").replaceChildren(...processes.map(([index]) => {
        const [name, lane] = this.data.lanes[index];
        return element("span", `chip lane-${lane}`, name);
      }));
    }
  }

  moveCursor(isFirst) {
    const {left, column} = this.data;
    const middle = left + this.step * column;
    this.cursor.setAttribute("x", middle - column / 2);
    this.veil.setAttribute("x", middle + column / 2);
    if (isFirst) return;
    // Scroll the picture, not the page.
    const room = this.view.clientWidth - 132;
    const shown = this.view.scrollLeft;
    if (middle - column < shown || middle + column > shown + room) {
      this.view.scrollLeft = middle - room / 2;
    }
  }

  click(event) {
    const button = event.target.closest("[data-go]");
    if (button) return this.go(button.dataset.go);
    const item = event.target.closest("[data-steps] > li");
    if (item) return this.show(this.items.indexOf(item));
    const drawn = event.target.closest(".picture svg[role=img], .picture .axis");
    if (!drawn) return;
    const box = drawn.getBoundingClientRect();
    const scale = box.width / drawn.viewBox.baseVal.width;
    const step = Math.round(((event.clientX - box.left) / scale - this.data.left) / this.data.column);
    this.show(Math.max(0, Math.min(this.last, step)));
  }

  key(event) {
    const where = {ArrowLeft: "back", ArrowRight: "next", Home: "first", End: "last"}[event.key];
    if (!where || isTyping(event)) return;
    event.preventDefault();
    this.go(where);
  }
}

const players = new Map();
for (const figure of document.querySelectorAll(".steps-through")) {
  players.set(figure, new RunPlayer(figure));
}
