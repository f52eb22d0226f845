// The machine continues from its saved state. Its first serial line is the terminal; its second one
// carries pictures and files out of it, and files into it.
import { V86 } from "./libv86.mjs";
import { applyDifference } from "./state_difference.mjs";

const COLUMNS = 80;
const ROWS = 30;
const CLEAR_LINE = "\x15";
const END_OF_PICTURE = "</svg>";
const PARTS = ["v86.wasm", "bios.bin", "vgabios.bin"];
const CACHE = "simpsh-try";
const BRACKETED_PASTE = 2004;
// The numbers of two settings of the emulator: whether it only interprets, and the most pages of code
// in a compiled module. With the usual three a browser takes twice the processor time.
const ONLY_INTERPRETS = 0;
const MAX_PAGES = 1;
// Compiling the first commands takes three times as long as interpreting them. It pays for a command
// that runs longer than this.
const COMPILE_AFTER_MS = 10000;
const PHONE_FONT = 12;
const PHONE_ROWS = 22;

const element = (id) => document.getElementById(id);
const news = element("news");
const encoder = new TextEncoder();
const decoder = new TextDecoder();
const stateBytes = Number(document.body.dataset.stateBytes);
const memory = Number(document.body.dataset.memoryMib) << 20;

const style = getComputedStyle(document.documentElement);
const terminal = new window.Terminal({
  cols: COLUMNS,
  rows: ROWS,
  fontSize: 14,
  lineHeight: 1.1,  // else some fonts lose their underscores
  cursorBlink: true,
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
let state = null;
// The state of a lesson as its difference from `state`, and its screen.
let entry = null;
let screen = "";
let begun = 0;
let isAtPrompt = false;
// When the last line was sent, if it does not run yet, and the key that waits for it.
let entered = 0;
let held = "";

// The line editor asks for bracketed paste while it waits for a line, and only then.
for (const final of "hl")
  terminal.parser.registerCsiHandler({ prefix: "?", final }, (modes) => {
    if (modes.includes(BRACKETED_PASTE)) {
      isAtPrompt = final === "h";
      if (entered && !isAtPrompt) setTimeout(release, untilItRuns(), entered);
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

// Stores the fetched state in the browser's cache, once the machine runs. A new state has another
// address.
let keep = null;

async function fetchState() {
  const address = `state.zst?${stateBytes}`;
  const cache = "caches" in window ? await caches.open(CACHE).catch(() => null) : null;
  const known = cache && (await cache.match(address));
  if (known) return known.arrayBuffer();
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
  const bar = element("progress");
  bar.hidden = false;
  const whole = new Uint8Array(stateBytes);
  let size = 0;
  for (const reader = answer.body.getReader(); ; ) {
    const { done, value } = await reader.read();
    if (done) break;
    whole.set(value, size);
    size += value.length;
    const loaded = `loading: ${(size / 1e6).toFixed(0)} of ${(stateBytes / 1e6).toFixed(0)} MB`;
    // Drawing the bar for each piece would take longer than loading the piece.
    if (loaded === news.textContent) continue;
    bar.value = size / stateBytes;
    say(loaded);
  }
  bar.hidden = true;
  keep = async () => {
    for (const old of (await cache?.keys()) ?? []) await cache.delete(old);
    await cache?.put(address, new Response(whole)).catch(() => {});
  };
  return whole.buffer;
}

function send(text) {
  machine.serial_send_bytes(0, encoder.encode(text));
}

// A key that sends a signal waits until the command has the terminal: before that the line editor or
// the shell would take the key. In an emulator this takes a second, and several the first time.
const SIGNAL_KEY = /^[\x03\x1a\x1c]$/;
const START_MS = 1000;
const LONGEST_MS = 15000;

function press(text) {
  if (!SIGNAL_KEY.test(text)) {
    if (!held) entered = isAtPrompt && text.endsWith("\r") ? performance.now() : 0;
    send(text);
  } else if (!entered || continuesLine()) {
    send(text);
  } else {
    if (!held) setTimeout(release, LONGEST_MS, entered);
    held = text;
  }
}

// Estimates the time until the command has the terminal; it is shorter than that of the editor.
function untilItRuns() {
  return Math.max(START_MS, (performance.now() - entered) / 2);
}

function release(line) {
  if (line !== entered) return;
  if (held && !isAtPrompt) send(held);
  entered = 0;
  held = "";
}

function continuesLine() {
  const buffer = terminal.buffer.active;
  return buffer.getLine(buffer.baseY + buffer.cursorY).translateToString().startsWith("..");
}

// Makes a machine without a state, while the state is loaded.
async function make() {
  const fetched = PARTS.map(async (name) => (await fetch(name)).arrayBuffer());
  const [program, bios, vgaBios] = await Promise.all(fetched);
  machine = new V86({
    wasm_fn: async (imports) => {
      emulator = (await compileLater(program, imports)).instance.exports;
      emulator.set_jit_config(MAX_PAGES, 1);
      emulator.set_jit_config(ONLY_INTERPRETS, 1);
      return emulator;
    },
    bios: { buffer: bios },
    vga_bios: { buffer: vgaBios },
    memory_size: memory,
    disable_speaker: true,
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
  await restore(state.slice(0));
  if (entry) await restore(applyDifference(await machine.save_state(), entry.whole, entry.start, memory));
  // The terminal's text when the state was saved, so that the machine need not draw it again.
  await new Promise((written) => terminal.write(screen, written));
  if (entry) await new Promise((written) => terminal.write(entry.screen, written));
  await machine.run();
  document.body.dataset.started = Math.round(performance.now() - begun);
}

async function fetchEntry(name) {
  const answer = await fetch(`lessons/${name}.gz`);
  if (!answer.ok) return null;
  const stream = answer.body.pipeThrough(new DecompressionStream("gzip"));
  const whole = await new Response(stream).arrayBuffer();
  const length = new DataView(whole).getUint32(0, true);
  return { screen: new Uint8Array(whole, 4, length), whole, start: 4 + length };
}

async function begin() {
  begun = performance.now();
  element("begin").disabled = true;
  try {
    // Load everything now, so that the machine can restart without a network.
    const made = make();
    const shown = fetch("screen.txt").then((answer) => answer.text());
    const opened = lesson ? fetchEntry(step ? `${lesson}-${step}` : lesson) : null;
    state = state ?? (await fetchState());
    entry = await opened;
    screen = await shown;
    await made;
  } catch (problem) {
    say(`The machine could not be loaded: ${problem.message}. Check the network, and try again.`);
    element("begin").disabled = false;
    return;
  }
  say("starting …");
  element("start").hidden = true;
  element("keys").hidden = false;
  terminal.open(element("screen"));
  terminal.focus();
  await start();
  if (lesson && !entry) type(lessonLine);
  keep?.();
}

async function reset() {
  await machine.stop();
  isAtPrompt = false;
  entered = 0;
  held = "";
  terminal.reset();
  terminal.focus();
  await start();
  if (lesson && !entry) type(lessonLine);
}

// Returns a function that takes the bytes of the second line. A picture begins with "<" and ends with
// its tag. A file follows a line with an action, its size and its name.
function receiver() {
  let received = [];
  let header = null;
  return (byte) => {
    received.push(byte);
    if (header === null) {
      const isPicture = received[0] === 0x3c;
      if (isPicture && byte === 0x3e) {
        const picture = decoder.decode(new Uint8Array(received));
        if (!picture.endsWith(END_OF_PICTURE)) return;
        showPicture(picture);
      } else if (isPicture || byte !== 0x0a) {
        return;
      } else {
        const words = decoder.decode(new Uint8Array(received)).match(/^(\w+) (\d+) (.*)\n$/);
        if (words) header = { act: words[1], size: Number(words[2]), name: words[3] };
      }
      received = [];
    }
    if (header === null || received.length < header.size) return;
    const data = new Uint8Array(received);
    if (header.act === "edit") edit(header.name, data);
    if (header.act === "download") offer(header.name.replace(/.*\//, ""), new Blob([data])).click();
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

function put(name, data) {
  machine.serial_send_bytes(1, encoder.encode(`${data.length} ${name}\n`));
  machine.serial_send_bytes(1, data);
}

// Sends the file back also if nothing is saved: the command in the machine waits for it.
function edit(name, data) {
  const editor = element("editor");
  const area = editor.querySelector("textarea");
  element("editor-name").textContent = name;
  area.value = decoder.decode(data);
  editor.returnValue = "";
  editor.onclose = () => {
    put(name, editor.returnValue === "save" ? encoder.encode(area.value) : data);
    terminal.focus();
  };
  editor.showModal();
  area.focus();
}

function type(line) {
  if (!document.body.dataset.started) return;
  terminal.focus();
  isAtPrompt = true;
  press(`${CLEAR_LINE}${line}\r`);
  isAtPrompt = false;
}

// A phone replays the text and the picture of a line that were recorded when the page was made.
const isSmall = matchMedia("(max-width: 700px)");
let recorded = null;

async function play(line) {
  if (recorded === null) {
    recorded = await (await fetch("recorded.json")).json();
    terminal.options.fontSize = PHONE_FONT;
    terminal.options.screenReaderMode = false;
    terminal.options.disableStdin = true;
    terminal.resize(recorded.columns, PHONE_ROWS);
    terminal.open(element("screen"));
    terminal.write(">> ");
  }
  const record = recorded.records[line];
  terminal.write(encoder.encode(record.output));
  if (record.picture) showPicture(record.picture);
  element("screen").scrollIntoView({ block: "start", behavior: "smooth" });
}

// A lesson of the course leads here by ?lesson=ID&from=STEP.
const asked = new URLSearchParams(location.search);
const lesson = asked.get("lesson")?.match(/^[\w-]+$/)?.[0];
const step = asked.get("from")?.match(/^\d+$/)?.[0];
const lessonLine = lesson && `cd ~/course/${lesson} && lesson run ${lesson}${step ? ` --from ${step}` : ""}`;
if (lessonLine) element("lesson").replaceChildren(element("lesson").firstElementChild, " the step you came from");
if (lessonLine) element("lesson").firstElementChild.textContent = lessonLine;

element("begin").addEventListener("click", begin);
element("reset").addEventListener("click", reset);
for (const button of document.querySelectorAll("#lines button"))
  button.addEventListener("click", () => {
    if (isSmall.matches) play(button.textContent);
    else type(button.textContent);
  });
for (const button of document.querySelectorAll("[data-keys]"))
  button.addEventListener("click", () => {
    press(JSON.parse(`"${button.dataset.keys.replace("\\x", "\\u00")}"`));
    terminal.focus();
  });
document.querySelector("[data-save]").addEventListener("click", () => element("editor").close("save"));
document.querySelector("[data-leave]").addEventListener("click", () => element("editor").close());
// The serial line has a buffer of 128 KiB, and loses further bytes.
const MOST_BYTES = 130000;
element("upload").addEventListener("change", async (event) => {
  const [chosen] = event.target.files;
  if (!chosen || !machine) return;
  if (chosen.size > MOST_BYTES) {
    alert(`${chosen.name} has ${chosen.size} bytes; the machine takes at most ${MOST_BYTES} at once. Split the file.`);
    event.target.value = "";
    return;
  }
  const name = chosen.name.replace(/[^\w.-]/g, "_");
  put(name, new Uint8Array(await chosen.arrayBuffer()));
  event.target.value = "";
  type(`ls -l ~/${name}`);
});
terminal.onData((text) => machine && press(text));
terminal.onBinary((text) => machine && send(text));
// Returns the text of the terminal, for tests.
function text() {
  const buffer = terminal.buffer.active;
  const lines = [];
  for (let row = 0; row < buffer.length; row++) lines.push(buffer.getLine(row).translateToString(true));
  return lines.join("\n");
}
window.simpshTry = { atPrompt: () => isAtPrompt, text, type };
if (lessonLine && !isSmall.matches) begin();
