// The whole run in one strip, with a frame around the visible part.

const strip = $("strip");
const brush = $("brush");
const STRIP_HEIGHT = 52;
const stripNow = svgElement("rect", {class: "strip-now", y: 0, height: STRIP_HEIGHT});
const stripFound = svgElement("path", {class: "strip-found"});

function drawOverview() {
  const picture = $("strip-picture");
  const lanes = layout.lanes.filter(lane => run.processes[lane]);
  const high = STRIP_HEIGHT / Math.max(1, lanes.length);
  const paths = {};
  lanes.forEach((lane, rank) => {
    for (const [state, begin, end] of run.processes[lane].states) {
      const from = column(begin);
      const to = column(Math.min(end, steps.length));
      const thick = Math.max(1.2, Math.min(9, high * .8) * (HEIGHTS[state] / 16));
      const y = (rank + .5) * high - thick / 2;
      (paths[state] ??= []).push(`M${from} ${y.toFixed(2)}H${to}v${thick.toFixed(2)}H${from}z`);
    }
  });
  picture.setAttribute("viewBox", `0 0 ${Math.max(1, layout.columns)} ${STRIP_HEIGHT}`);
  picture.replaceChildren(
    stripFound,
    ...Object.keys(paths).map(state =>
      svgElement("path", {class: "strip-" + state, d: paths[state].join("")})),
    stripNow,
  );
}

// Convert a step to a number of columns from the left.
const column = step => (layout.xs[step] - LEFT) / layout.column;

function showOverview() {
  const {from, to} = stretch();
  const share = part => Math.max(0, Math.min(1, part / Math.max(1, layout.columns)));
  const [begin, end] = [share(from), share(to)];
  brush.style.left = begin * 100 + "%";
  brush.style.width = (end - begin) * 100 + "%";
  brush.classList.toggle("whole", end - begin > .995);
  $("brush-from").setAttribute("aria-valuenow", Math.round(begin * layout.columns) + 1);
  $("brush-to").setAttribute("aria-valuenow", Math.round(end * layout.columns));
  const width = Math.max(1, layout.columns) / Math.max(1, strip.clientWidth) * 2;
  stripNow.setAttribute("x", column(chosen.step) + .5 - width / 2);
  stripNow.setAttribute("width", width);
  $("zoom-fit").disabled = wantedColumn === 0;
}

function showFound() {
  const wide = Math.max(.6, layout.columns / Math.max(1, strip.clientWidth) * 2);
  stripFound.setAttribute("d", chosen.found
    .map(step => `M${column(step) + .5 - wide / 2} 0h${wide}v${STRIP_HEIGHT}h${-wide}z`).join(""));
}

// ------------------------------------------------------------------------ dragging the frame

function columnUnder(event) {
  const box = strip.getBoundingClientRect();
  return (event.clientX - box.left) / box.width * layout.columns;
}

let drag = null;

strip.addEventListener("pointerdown", event => {
  const {from, to} = stretch();
  const part = event.target.id === "brush-from" ? "from" : event.target.id === "brush-to" ? "to"
    : event.target === brush && !brush.classList.contains("whole") ? "both" : "step";
  drag = {part, from, to: Math.min(to, layout.columns), begin: columnUnder(event)};
  strip.setPointerCapture(event.pointerId);
  moveFrame(event);
  event.preventDefault();
});
strip.addEventListener("pointermove", event => { if (drag) moveFrame(event); });
for (const name of ["pointerup", "pointercancel"]) {
  strip.addEventListener(name, () => { drag = null; });
}

function moveFrame(event) {
  const here = Math.max(0, Math.min(layout.columns, columnUnder(event)));
  const {part, from, to, begin} = drag;
  if (part === "from") showStretch(Math.min(here, to - 3), to);
  else if (part === "to") showStretch(from, Math.max(here, from + 3));
  else if (part === "both") view.scrollLeft = (from + here - begin - .5) * layout.column + LEFT;
  else show(layout.stepNear(LEFT + (here - .5) * layout.column));
}

for (const part of ["from", "to"]) {
  const handle = $("brush-" + part);
  handle.setAttribute("role", "slider");
  handle.setAttribute("aria-valuemin", 1);
  handle.setAttribute("aria-valuemax", steps.length);
  handle.addEventListener("keydown", event => {
    const by = {ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10}[event.key];
    if (!by) return;
    event.preventDefault();
    event.stopPropagation();
    let {from, to} = stretch();
    to = Math.min(to, layout.columns);
    if (part === "from") from = Math.max(0, Math.min(from + by, to - 3));
    else to = Math.min(layout.columns, Math.max(to + by, from + 3));
    showStretch(from, to);
  });
}
