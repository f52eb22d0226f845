// Lays the picture out again: wider or narrower columns, hidden lanes. It moves the
// elements of the page; only the visible ones are in the document.

const {left: LEFT, top: TOP, lane: ROOMY, labels: NAMES} = run.size;
const DENSE = 24;
const LEAST_MARKED = 4;
const LEAST_READABLE = 8;
const WIDEST = 72;
const HEIGHTS = {there: 16, waiting: 5, asleep: 5, stopped: 16, zombie: 10};
const FEW = 2500;
const SVG = "http://www.w3.org/2000/svg";

const view = $("view");
const timeline = $("timeline");
const axis = document.querySelector(".axis");
const names = document.querySelector(".labels");

function svgElement(name, attributes, text) {
  const made = document.createElementNS(SVG, name);
  for (const key in attributes) made.setAttribute(key, attributes[key]);
  if (text !== undefined) made.textContent = text;
  return made;
}

// One drawn element and its position; null for values that do not apply.
function entryOf(node) {
  const number = key => node.dataset[key] === undefined ? null : +node.dataset[key];
  return {
    node,
    step: number("i"), until: number("e"), lane: number("l"),
    from: number("a"), to: number("b"),
    down: number("d") ?? 0, room: number("j"), needed: number("w"),
    isZone: node.classList.contains("zone"),
    isBound: node.matches(".zone, g"),
    state: node.classList[1],
  };
}

const entriesIn = group => [...group.children].map(entryOf);
const groupOf = name => timeline.querySelector("." + name);
const layers = ["guides", "edges", "bars", "marks", "words"].map(groupOf);
const drawn = layers.map(entriesIn);
const [, edgeEntries] = drawn;
const nameEntries = entriesIn(names);
const pauseEntries = [...axis.querySelectorAll(".pause")].map(entryOf);
const isSmall = drawn.reduce((sum, entries) => sum + entries.length, 0) < FEW;

// The positions of steps and lanes.
class Layout {
  constructor({column, shown, lanes, laneHeight}) {
    this.column = column;
    this.shown = shown;
    this.laneHeight = laneHeight;
    this.isDense = laneHeight < ROOMY;
    this.scale = Math.max(.4, Math.min(1, column / 15)) * (this.isDense ? .8 : 1);
    this.xs = new Float64Array(steps.length + 1);
    let place = 0;
    for (let step = 0; step <= last; step++) {
      this.xs[step] = LEFT + place * column;
      if (shown[step]) place++;
    }
    this.xs[steps.length] = LEFT + (place - .4) * column;
    this.columns = place;
    this.ys = new Float64Array(run.lanes).fill(NaN);
    lanes.forEach((lane, rank) => { this.ys[lane] = TOP + (rank + .5) * laneHeight; });
    this.width = LEFT + this.columns * column + 30;
    this.height = TOP * 2 + lanes.length * laneHeight;
  }

  // Position an element; return whether it is shown.
  put(layer, entry) {
    return this["put_" + layer](entry);
  }

  put_guides({node, step, lane}) {
    const y = this.ys[lane];
    if (step !== null) {
      node.setAttribute("d", `M0 0V${this.height}`);
      node.setAttribute("transform", `translate(${this.xs[step] - this.column / 2} 0)`);
      return this.column >= LEAST_MARKED;
    }
    if (Number.isNaN(y)) return false;
    node.setAttribute("d", `M0 0H${this.width - 8}`);
    node.setAttribute("transform", `translate(0 ${y})`);
    return true;
  }

  put_edges({node, step, from, to}) {
    const isHidden = lane => lane !== null && Number.isNaN(this.ys[lane]);
    if (!this.shown[step] || this.column < LEAST_MARKED || isHidden(from) || isHidden(to)) {
      return false;
    }
    node.setAttribute("transform", `translate(${this.xs[step]} 0)`);
    if (to === null) {
      node.firstChild.setAttribute("d", `M0 0V${this.height}`);
      return true;
    }
    const end = this.ys[to];
    const half = this.isDense ? 7 : 10;
    const sign = from === null || end > this.ys[from] ? 1 : -1;
    const begin = from === null ? end - half - 19 : this.ys[from] + 9 * sign;
    node.setAttribute("d", `M0 ${begin}V${end - half * sign}`);
    return true;
  }

  put_bars({node, step, until, lane, state}) {
    const y = this.ys[lane];
    const x = this.xs[step];
    const width = this.xs[Math.min(until, steps.length)] - x;
    if (Number.isNaN(y) || width <= 0) return false;
    const height = HEIGHTS[state] * (this.isDense ? .8 : 1);
    node.setAttribute("x", x);
    node.setAttribute("y", y - height / 2);
    node.setAttribute("width", width);
    node.setAttribute("height", height);
    return true;
  }

  put_marks({node, step, lane, down}) {
    const y = this.ys[lane] + down * (this.isDense ? .8 : 1);
    if (lane === null || !this.shown[step] || Number.isNaN(y)) return false;
    // Dense lanes are closer together than a mark above a bar is high.
    const scale = this.scale * (down && this.isDense ? .75 : 1);
    node.setAttribute("transform", `translate(${this.xs[step]} ${y}) scale(${scale})`);
    return this.column >= LEAST_MARKED;
  }

  put_words({node, step, lane, room, needed, isZone, isBound}) {
    const y = this.ys[lane];
    if (Number.isNaN(y) || isBound && !this.shown[step] || isZone && this.isDense) return false;
    // Narrower columns have no room for words next to a mark.
    if (isBound && this.column < LEAST_READABLE) return false;
    if (this.xs[room] - this.xs[step] < needed) return false;
    node.removeAttribute("display");
    node.setAttribute("transform", `translate(${this.xs[step]} ${y})`);
    return true;
  }

  put_pauses({node, step, room, needed}) {
    // There is no pause before the first shown column.
    if (this.xs[step] <= LEFT) return false;
    if (this.xs[room] - this.xs[step] < needed) return false;
    node.removeAttribute("display");
    node.setAttribute("transform", `translate(${this.xs[step] - this.column / 2} 0)`);
    return true;
  }

  put_names({node, lane}) {
    const y = this.ys[lane];
    if (Number.isNaN(y)) return false;
    node.setAttribute("transform", `translate(0 ${y})`);
    return true;
  }

  // Yield the numbers of the columns between two positions on the axis.
  *numbers(from, to) {
    const wide = 9 + 7 * String(steps.length).length;
    const stride = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000]
      .find(one => one * this.column >= wide) ?? 10000;
    let before = -Infinity;
    for (let step = 0; step <= last; step++) {
      const x = this.xs[step];
      if (!this.shown[step] || x < from || x > to) continue;
      const isWanted = isFiltered() ? x - before >= wide : step === 0 || (step + 1) % stride === 0;
      if (!isWanted || x - before < wide) continue;
      before = x;
      yield svgElement("text", {class: "number", x, y: 14}, step + 1);
    }
  }

  stepNear(x) {
    let found = -1;
    for (let step = 0; step <= last; step++) {
      if (!this.shown[step]) continue;
      if (found < 0 || Math.abs(this.xs[step] - x) < Math.abs(this.xs[found] - x)) found = step;
    }
    return found;
  }
}

// ----------------------------------------------------------------------------------- the screen

const cursor = svgElement("rect", {id: "cursor", y: 0, rx: 4});
const axisCursor = svgElement("rect", {id: "axis-cursor", y: 2, height: 17, rx: 4});
const axisNow = svgElement("text", {id: "axis-now", class: "number", y: 14});
const numbers = svgElement("g", {});
const pauses = svgElement("g", {});
timeline.querySelector(".content").prepend(cursor);
axis.replaceChildren(numbers, pauses, axisCursor, axisNow);

let layout = null;
let wantedColumn = 0;
let attached = null;

const roomForColumns = () => Math.max(80, view.clientWidth - NAMES - LEFT - 24);

// Return the lanes with shown steps, in order.
function shownLanes(shown) {
  const wanted = new Set();
  if (!isFiltered()) for (let lane = 0; lane < run.lanes; lane++) wanted.add(lane);
  if (chosen.process >= 0) wanted.add(chosen.process);
  steps.forEach(({lane, other}, step) => {
    if (!shown[step]) return;
    if (lane >= 0) wanted.add(lane);
    if (other >= 0) wanted.add(other);
  });
  for (const {step, from, to} of edgeEntries) {
    if (!shown[step]) continue;
    if (from !== null) wanted.add(from);
    if (to !== null) wanted.add(to);
  }
  return [...wanted].sort((one, other) => one - other);
}

// Recompute all positions after a change of the columns or of the filter.
function arrange() {
  const shown = shownSteps();
  const count = Math.max(1, shown.filter(Boolean).length);
  const fitting = roomForColumns() / count;
  const column = Math.min(90, Math.max(wantedColumn, Math.min(fitting, WIDEST)));
  const lanes = shownLanes(shown);
  const isRoomy = lanes.length * ROOMY + 60 <= Math.max(300, innerHeight * .56);
  layout = new Layout({column, shown, lanes, laneHeight: isRoomy ? ROOMY : DENSE});
  document.body.classList.toggle("dense", layout.isDense);
  $("zoom-fit").disabled = wantedColumn === 0;
  for (const [part, width, height] of [
    [timeline, layout.width, layout.height], [names, NAMES, layout.height],
    [axis, layout.width, run.size.axis],
  ]) {
    part.setAttribute("viewBox", `0 0 ${width} ${height}`);
    part.setAttribute("width", width);
    part.setAttribute("height", height);
  }
  attached = null;
  attach();
}

// Put the visible elements into the document, and one screen around them.
function attach() {
  const {scrollLeft, scrollTop, clientWidth, clientHeight} = view;
  if (attached && (isSmall
    || scrollLeft >= attached.left && scrollLeft + clientWidth <= attached.right
    && scrollTop >= attached.top && scrollTop + clientHeight <= attached.bottom)) return;
  const box = attached = {
    left: scrollLeft - clientWidth, right: scrollLeft + 2 * clientWidth,
    top: scrollTop - clientHeight, bottom: scrollTop + 2 * clientHeight,
  };
  const isInside = ({step, until, lane}) => {
    const x = step === null ? box.left : layout.xs[step];
    if (x > box.right || (until === null ? x + 300 : layout.xs[until]) < box.left) return false;
    return lane === null || layout.ys[lane] >= box.top && layout.ys[lane] <= box.bottom;
  };
  const shownNodes = (entries, layer) => entries
    .filter(entry => (isSmall || isInside(entry)) && layout.put(layer, entry))
    .map(({node}) => node);
  layers.forEach((group, place) => {
    group.replaceChildren(...shownNodes(drawn[place], group.getAttribute("class")));
  });
  names.replaceChildren(...shownNodes(nameEntries, "names"));
  pauses.replaceChildren(...shownNodes(pauseEntries, "pauses"));
  numbers.replaceChildren(...layout.numbers(isSmall ? -Infinity : box.left, isSmall ? Infinity : box.right));
}

function showInPicture(step) {
  const x = layout.xs[step];
  const width = Math.max(3, layout.column);
  cursor.setAttribute("x", x - width / 2);
  cursor.setAttribute("width", width);
  cursor.setAttribute("height", layout.height);
  const wide = 8 + 7 * String(step + 1).length;
  axisCursor.setAttribute("x", x - wide / 2);
  axisCursor.setAttribute("width", wide);
  axisNow.setAttribute("x", x);
  axisNow.textContent = step + 1;
  for (const number of numbers.children) {
    const isUnder = Math.abs(number.getAttribute("x") - x) < wide;
    number.setAttribute("visibility", isUnder ? "hidden" : "visible");
  }
  for (const {node, lane} of nameEntries) {
    node.classList.toggle("touched", lane === steps[step].lane || lane === steps[step].other);
  }
}

function scrollToStep(step) {
  const x = layout.xs[step];
  const width = view.clientWidth - NAMES;
  if (x < view.scrollLeft + 30 || x > view.scrollLeft + width - 40) {
    view.scrollLeft = x - width * .4;
  }
  const {lane, other} = steps[step];
  const ys = [lane, other].map(one => layout.ys[one]).filter(y => y >= 0);
  if (!ys.length) return;
  const height = view.clientHeight - run.size.axis;
  const above = Math.min(...ys) - 24;
  const [top, bottom] = [above < layout.laneHeight * 2 ? 0 : above, Math.max(...ys) + 24];
  if (bottom - top > height) view.scrollTop = layout.ys[lane >= 0 ? lane : other] - height / 2;
  else if (top < view.scrollTop) view.scrollTop = top;
  else if (bottom > view.scrollTop + height) view.scrollTop = bottom - height;
}

// Zoom around a step, which keeps its position on the screen.
function zoom(factor) {
  const before = layout.xs[chosen.step] - view.scrollLeft;
  const isInView = before >= 0 && before <= view.clientWidth - NAMES;
  const middle = isInView ? before : (view.clientWidth - NAMES) / 2;
  const place = isInView ? chosen.step : layout.stepNear(view.scrollLeft + middle);
  wantedColumn = factor === 0 ? 0 : Math.min(90, layout.column * factor);
  arrange();
  view.scrollLeft = layout.xs[place] - middle;
  attach();
  showInPicture(chosen.step);
}
