// The machine continues from its saved state. Its first serial line is the terminal; its second one
// carries pictures and files out of it, and files into it.
import { Terminal } from "./xterm.mjs";

const COLUMNS = 80;
const ROWS = 30;
const CLEAR_LINE = "\x15";
const BRACKETED_PASTE = 2004;
// The numbers of two settings of the emulator: whether it only interprets, and the most pages of code
// in a compiled module. With the usual three a browser takes twice the processor time.
const ONLY_INTERPRETS = 0;
const MAX_PAGES = 1;
// Compiling the first commands takes three times as long as interpreting them. It pays for a command
// that runs longer than this.
const COMPILE_AFTER_MS = 10000;
const FONT = 14;
// Below this width the terminal has as many columns as fit, in a smaller font.
const isSmall = matchMedia("(max-width: 760px)");
const SMALL_FONT = 12;
const SMALL_ROWS = 22;
const FEWEST_COLUMNS = 20;

const element = (id) => document.getElementById(id);
const news = element("news");
const STATE = `state.zst?${document.body.dataset.version}`;
const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const stateBytes = Number(document.body.dataset.stateBytes);
const { version } = document.body.dataset;
const memory = Number(document.body.dataset.memoryMib) << 20;

const style = getComputedStyle(document.documentElement);
const terminal = new Terminal({
  cols: COLUMNS,
  rows: ROWS,
  fontSize: FONT,
  lineHeight: 1.1,  // else some fonts lose their underscores
  cursorBlink: !matchMedia("(prefers-reduced-motion: reduce)").matches,
  screenReaderMode: true,
  // The shell's colours suit light screens, too: here dark ones are drawn lighter.
  minimumContrastRatio: 4.5,
  theme: { background: style.getPropertyValue("--screen").trim() },
});
let machine = null;
// Takes a byte of the second serial line.
let receive = null;
let emulator = null;
let compiling = 0;
// The saved state, as it was loaded.
let state = null;
// The size of the terminal in the machine.
let fitted = { columns: COLUMNS, rows: ROWS };
const screenAtPrompt = fetch("screen.txt").then((answer) => answer.text());
screenAtPrompt.catch(() => {});
// Files of lessons that are newer than the state.
let updates = [];
let begun = 0;
let isAtPrompt = false;

// The terminal takes Tab, which completes words. After Escape, Tab moves the focus, as everywhere on
// the page.
let lastKey = "";
terminal.attachCustomKeyEventHandler((event) => {
  if (event.type !== "keydown" || event.key === "Shift") return true;
  const isLeaving = event.key === "Tab" && (lastKey === "Escape" || !begun);
  lastKey = event.key;
  return !isLeaving;
});

// The line editor asks for bracketed paste while it waits for a line, and only then.
for (const final of "hl")
  terminal.parser.registerCsiHandler({ prefix: "?", final }, (modes) => {
    if (modes.includes(BRACKETED_PASTE)) {
      isAtPrompt = final === "h";
      clearTimeout(compiling);
      emulator?.set_jit_config(ONLY_INTERPRETS, 1);
      if (!isAtPrompt) compiling = setTimeout(() => emulator.set_jit_config(ONLY_INTERPRETS, 0), COMPILE_AFTER_MS);
    }
    return false;
  });

// The emulator compiles small modules, and interprets until each is ready. Compile them synchronously,
// so that they do not wait for other threads; if the browser refuses that, asynchronously.
const compileLater = WebAssembly.instantiate;
WebAssembly.instantiate = async (bytes, imports) => {
  try {
    const module = new WebAssembly.Module(bytes);
    return { module, instance: new WebAssembly.Instance(module, imports) };
  } catch {
    return compileLater(bytes, imports);
  }
};

function say(words) {
  news.textContent = words;
}

async function fetchState() {
  const bar = element("progress");
  const answer = await fetch(STATE);
  if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
  const pieces = [];
  let size = 0;
  let shown = "";
  for (const reader = answer.body.getReader(); ; ) {
    const { done, value } = await reader.read();
    if (done) break;
    pieces.push(value);
    size += value.length;
    const loaded = `loading: ${(size / 1e6).toFixed(0)} of ${(stateBytes / 1e6).toFixed(0)} MB`;
    // Drawing the bar for each piece would take longer than loading the piece.
    if (loaded === shown) continue;
    bar.hidden = false;
    bar.value = size / stateBytes;
    say((shown = loaded));
  }
  bar.hidden = true;
  return new Blob(pieces).arrayBuffer();
}

// Keeps the state in the cache of worker.js, which answers for the other files. Both wait until the
// machine runs: loading files again would delay it.
async function keepForTheNextVisit() {
  const cache = await caches.open(`simpsh-try-${version}`);
  if (!(await cache.match(STATE, { ignoreSearch: true }))) await cache.put(STATE, new Response(state));
  await navigator.serviceWorker.register("worker.js");
  await navigator.serviceWorker.ready;
  document.body.dataset.isKept = "yes";
}

function send(text) {
  machine.serial_send_bytes(0, encoder.encode(text));
}

const unpacked = (answer) => new Response(answer.body.pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();

// Makes a machine without a state, while the state is loaded.
async function make() {
  const [{ V86 }, program] = await Promise.all([import("./libv86.mjs"), fetch("v86.wasm.gz").then(unpacked)]);
  machine = new V86({
    wasm_fn: async (imports) => {
      emulator = (await compileLater(program, imports)).instance.exports;
      emulator.set_jit_config(MAX_PAGES, 1);
      emulator.set_jit_config(ONLY_INTERPRETS, 1);
      return emulator;
    },
    memory_size: memory,
    disable_speaker: true,
    // The emulator's keyboard and mouse would take the keys of the whole page.
    disable_keyboard: true,
    disable_mouse: true,
    uart1: true,
    autostart: false,
  });
  const made = new Promise((ready) => machine.add_listener("emulator-ready", ready));
  let bytes = [];
  machine.add_listener("serial0-output-byte", (byte) => {
    if (bytes.length === 0) {
      setTimeout(() => {
        terminal.write(new Uint8Array(bytes));
        bytes = [];
      });
    }
    bytes.push(byte);
  });
  machine.add_listener("serial1-output-byte", (byte) => receive(byte));
  await made;
}

// To restore a state the emulator sets its count of time, and counts wrongly if that had been set
// before: the guest's clock would stand still. So the difference from the host's count goes first.
async function restore(saved) {
  const now = emulator.read_tsc();
  emulator.set_tsc(Number(now & 0xffffffffn), Number(now >> 32n));
  await machine.restore_state(saved);
}

async function start() {
  receive = receiver();
  lastPut = Promise.resolve();
  puts = 0;
  fitted = { columns: COLUMNS, rows: ROWS };
  await restore(state);
  const shown = await screenAtPrompt;
  // The terminal's text when the state was saved, so that the machine need not draw it again.
  await new Promise((written) => terminal.write(shown, written));
  await machine.run();
  fit();
  for (const { name, data } of updates) put(name, Uint8Array.from(atob(data), (one) => one.charCodeAt(0)));
  await putKeptFiles();
  document.body.dataset.started = Math.round(performance.now() - begun);
}

// Shows the prompt before the machine is here: the first key loads the machine.
async function showPrompt() {
  const shown = await screenAtPrompt.catch(() => "");
  if (begun) return;
  open();
  fit();
  terminal.write(shown);
}

function open() {
  if (terminal.element) return;
  terminal.open(element("screen"));
  nameLiveRegion();
}

async function begin() {
  begun = performance.now();
  isAtPrompt = false;
  element("begin").disabled = true;
  try {
    // Load everything now, so that the machine can restart without a network.
    const made = make();
    const renewed = fetch("updates.json").then((answer) => answer.json());
    state = state ?? (await fetchState());
    await screenAtPrompt;
    updates = await renewed;
    await made;
  } catch (problem) {
    say(`The machine could not be loaded: ${problem.message}. Check the network, and try again.`);
    element("begin").disabled = false;
    begun = 0;
    return;
  }
  say("starting …");
  element("start").hidden = true;
  element("keys").hidden = false;
  terminal.reset();
  open();
  terminal.focus();
  await start();
  typeFirstLine();
  for (const text of early.splice(0)) send(text);
  keepForTheNextVisit().catch(() => {});
}

// A screen reader reads new lines from this part of the terminal, which has no name of its own.
function nameLiveRegion() {
  const region = terminal.element.querySelector(".live-region");
  region.setAttribute("role", "log");
  region.setAttribute("aria-label", "new lines in the terminal");
}

async function reset() {
  await machine.stop();
  isAtPrompt = false;
  terminal.reset();
  terminal.focus();
  await start();
  typeFirstLine();
}

// Returns a function that takes the bytes of the second line: lines with an act, a size, a mode and a
// name, and behind each so many bytes.
function receiver() {
  let received = [];
  let header = null;
  return (byte) => {
    received.push(byte);
    if (header === null) {
      if (byte !== 0x0a) return;
      const words = decoder.decode(new Uint8Array(received)).match(/^(\w+) (\d+) ([0-7]+) (.*)\n$/);
      if (words) header = { act: words[1], size: Number(words[2]), mode: words[3], name: words[4] };
      received = [];
    }
    if (header === null || received.length < header.size) return;
    const data = new Uint8Array(received);
    const { act, name, mode } = header;
    if (act === "picture") showPicture(data);
    if (act === "edit") edit(name, mode, data);
    if (act === "download") offer(name.replace(/.*\//, ""), new Blob([data])).click();
    if (act === "keep") keepFile({ name, mode, data });
    if (act === "drop") dropFile(name);
    if (act === "got") confirmed?.(name);
    header = null;
    received = [];
  };
}

function offer(name, blob) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.textContent = `keep it as ${name}`;
  return link;
}

function showPicture(svg) {
  const image = new Image();
  image.alt = "the processes of the last command: births, programs, ends";
  const link = offer("run.svg", new Blob([svg], { type: "image/svg+xml" }));
  image.src = link.href;
  element("picture").replaceChildren(image, link);
}

// The serial line has a buffer of 128 KiB and loses further bytes: each file waits until the machine
// has confirmed the one before.
const MOST_BYTES = 130000;
const CONFIRM_MS = 60000;
let confirmed = null;
let lastPut = Promise.resolve();
let puts = 0;

function put(name, data, mode = "644") {
  puts += 1;
  lastPut = lastPut.then(async () => {
    const arrived = new Promise((resolve) => {
      confirmed = (which) => which === name && resolve();
      setTimeout(resolve, CONFIRM_MS);
    });
    machine.serial_send_bytes(1, encoder.encode(`${data.length} ${mode} ${name}\n`));
    machine.serial_send_bytes(1, data);
    await arrived;
    puts -= 1;
  });
  return lastPut;
}

// The files below the home directory of the machine stay in the browser until the reader deletes them.
const STORE = "files";
const MOST_KEPT_BYTES = 20e6;
let isUnsaved = false;

const answerOf = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

const database = (async () => {
  const opening = indexedDB.open("simpsh-try", 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(STORE, { keyPath: "name" });
  return answerOf(opening);
})();
database.catch(() => {});

async function files(mode) {
  return (await database).transaction(STORE, mode).objectStore(STORE);
}

const keptFiles = async () => answerOf((await files("readonly")).getAll());

async function keepFile(file) {
  try {
    await answerOf((await files("readwrite")).put(file));
    isUnsaved = false;
    showKept();
  } catch {
    isUnsaved = true;
  }
}

async function dropFile(name) {
  try {
    await answerOf((await files("readwrite")).delete(name));
    showKept();
  } catch {
    isUnsaved = true;
  }
}

async function showKept() {
  const all = await keptFiles().catch(() => []);
  const own = all.filter(({ name }) => !/^\/root\/\./.test(name));
  const names = own.map(({ name }) => name.replace("/root/", ""));
  if (all.length) names.push("your history and progress");
  element("kept").hidden = names.length === 0;
  element("kept-names").textContent = `This browser keeps ${names.join(", ")}.`;
}

async function putKeptFiles() {
  let size = 0;
  for (const { name, mode, data } of await keptFiles().catch(() => [])) {
    size += data.length;
    if (size > MOST_KEPT_BYTES) return;
    put(name, data, mode);
  }
  showKept();
}

async function deleteKeptFiles() {
  await answerOf((await files("readwrite")).clear()).catch(() => {});
  await showKept();
  if (machine) await reset();
}

// Whether the reader's own program has a change that neither a file of the machine nor a link holds.
let isProgramUnsaved = false;

// The text that the editor was opened with.
let edited = "";

addEventListener("beforeunload", (event) => {
  const editor = element("editor");
  const isEditing = editor.open && editor.querySelector("textarea").value !== edited;
  if (isUnsaved || isProgramUnsaved || isEditing) event.preventDefault();
});

// Sends the file back also if nothing is saved: the command in the machine waits for it.
function edit(name, mode, data) {
  const editor = element("editor");
  const area = editor.querySelector("textarea");
  element("editor-name").textContent = name;
  area.value = decoder.decode(data);
  edited = area.value;
  editor.returnValue = "";
  editor.onclose = () => {
    const isChanged = editor.returnValue === "save" && area.value !== edited;
    put(name, isChanged ? encoder.encode(area.value) : data, mode);
    terminal.focus();
  };
  editor.showModal();
  area.focus();
}

function type(line) {
  if (!document.body.dataset.started) {
    sendLater(`${line}\r`);
    return;
  }
  terminal.focus();
  send(`${CLEAR_LINE}${line}\r`);
  isAtPrompt = false;
}

// Gives the terminal the columns and rows that fit the page, and the machine the same ones.
function fit() {
  if (!terminal.element) return;
  terminal.options.fontSize = isSmall.matches ? SMALL_FONT : FONT;
  let [columns, rows] = [COLUMNS, ROWS];
  if (isSmall.matches) {
    const drawn = terminal.element.querySelector(".xterm-screen").clientWidth / terminal.cols;
    const padding = parseFloat(getComputedStyle(element("screen")).paddingInline) * 2;
    columns = Math.floor((element("machine").clientWidth - padding - 1) / drawn);
    columns = Math.max(FEWEST_COLUMNS, Math.min(COLUMNS, columns));
    rows = SMALL_ROWS;
  }
  if (columns === fitted.columns && rows === fitted.rows) return;
  fitted = { columns, rows };
  terminal.resize(columns, rows);
  if (machine?.is_running()) put("/run/tab/size", encoder.encode(`${columns} ${rows}\n`));
}
// Wait for the end of a gesture: each size redraws the line editor.
const FIT_MS = 200;
let fitting = 0;
addEventListener("resize", () => {
  clearTimeout(fitting);
  fitting = setTimeout(fit, FIT_MS);
});

// A lesson of the course leads here by ?lesson=ID&from=STEP.
const asked = new URLSearchParams(location.search);
const lesson = asked.get("lesson")?.match(/^[\w-]+$/)?.[0];
const step = asked.get("from")?.match(/^\d+$/)?.[0];
const lessonLine = lesson && `cd ~/course/${lesson} && lesson run ${lesson}${step ? ` --from ${step}` : ""}`;
if (lessonLine) element("lesson").replaceChildren(element("lesson").firstElementChild, " the step you came from");
if (lessonLine) element("lesson").firstElementChild.textContent = lessonLine;

function typeFirstLine() {
  if (lesson) type(lessonLine);
}

const KEYS = { "^C": "\x03", "^Z": "\x1a", "^D": "\x04", Tab: "\t", "↑": "\x1b[A", Enter: "\r" };

element("begin").addEventListener("click", begin);
element("reset").addEventListener("click", reset);
for (const button of document.querySelectorAll("#lines button"))
  button.addEventListener("click", () => {
    type(button.textContent);
    element("screen").scrollIntoView({ block: "nearest" });
  });
for (const button of document.querySelectorAll("[data-keys]"))
  button.addEventListener("click", () => {
    send(KEYS[button.dataset.keys]);
    terminal.focus();
  });
document.querySelector("[data-save]").addEventListener("click", () => element("editor").close("save"));
document.querySelector("[data-leave]").addEventListener("click", () => element("editor").close());
element("upload").addEventListener("change", async (event) => {
  const [chosen] = event.target.files;
  if (!chosen || !machine) return;
  if (chosen.size > MOST_BYTES) {
    alert(`${chosen.name} has ${chosen.size} bytes; the machine takes at most ${MOST_BYTES} at once. Split the file.`);
    event.target.value = "";
    return;
  }
  const name = chosen.name.replace(/[^\w.-]/g, "_");
  await put(name, new Uint8Array(await chosen.arrayBuffer()));
  event.target.value = "";
  type(`ls -l ~/${name}`);
});
// The keys of a reader who does not wait for the machine.
const early = [];

function sendLater(text) {
  early.push(text);
  if (!begun) begin();
}

terminal.onData((text) => (document.body.dataset.started ? send(text) : sendLater(text)));
terminal.onBinary((text) => machine && send(text));
// Returns the text of the terminal, for tests.
function text() {
  const buffer = terminal.buffer.active;
  const lines = [];
  for (let row = 0; row < buffer.length; row++) lines.push(buffer.getLine(row).translateToString(true));
  return lines.join("\n");
}
window.simpshTry = {
  atPrompt: () => isAtPrompt,
  isIdle: () => puts === 0,
  size: () => [fitted.columns, fitted.rows],
  text,
  type,
};
// The reader's own program: it is put into the machine, and a line is typed that builds and runs it.
const BUILDS = {
  c: { file: "own.c", before: "cc -g -o own own.c && ", run: "./own" },
  py: { file: "own.py", before: "", run: "python3 own.py" },
};

async function runOwn(tool) {
  if (!machine) await begin();
  if (!document.body.dataset.started) return;
  const { file, before, run } = BUILDS[element("language").value];
  await put(`/root/${file}`, encoder.encode(element("program").value));
  isProgramUnsaved = false;
  type(`cd; ${before}${tool} ${run}`);
  element("screen").scrollIntoView({ block: "nearest" });
}

// A link holds the program behind its #, which browsers do not send to servers.
async function through(stream, bytes) {
  const passed = new Blob([bytes]).stream().pipeThrough(stream);
  return new Uint8Array(await new Response(passed).arrayBuffer());
}

async function makeLink() {
  const packed = await through(new CompressionStream("deflate-raw"), encoder.encode(element("program").value));
  const text = btoa(Array.from(packed, (byte) => String.fromCharCode(byte)).join("")).replaceAll("+", "-").replaceAll("/", "_");
  const address = new URL(location.href);
  address.search = "";
  address.hash = `${element("language").value}=${text}`;
  const link = document.createElement("a");
  link.href = address.href;
  link.textContent = "a link that holds the program";
  element("link").replaceChildren(link);
  isProgramUnsaved = false;
  await navigator.clipboard?.writeText(address.href).then(
    () => element("link").append(", copied"),
    () => {},
  );
}

async function openLink() {
  const [, language, text] = location.hash.match(/^#(c|py)=([\w-]+=*)$/) ?? [];
  if (!language) return;
  try {
    const packed = Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (one) => one.charCodeAt(0));
    element("program").value = decoder.decode(await through(new DecompressionStream("deflate-raw"), packed));
    element("language").value = language;
    element("own").scrollIntoView();
  } catch {
    element("link").textContent = "The program in the link cannot be read: part of the link is missing. Copy it again.";
  }
}

for (const button of document.querySelectorAll("[data-own]"))
  button.addEventListener("click", () => runOwn(button.dataset.own));
element("share").addEventListener("click", makeLink);
element("program").addEventListener("input", () => (isProgramUnsaved = true));
openLink();

element("forget").addEventListener("click", () => deleteKeptFiles());
showKept();
if (lessonLine) begin();
else showPrompt();
