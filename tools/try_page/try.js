// The machine continues from its saved state; its first serial line is the terminal, its second one
// carries files: pictures out of it, files into it.
import { V86 } from "./libv86.mjs";

const COLUMNS = 100;
const ROWS = 30;
const CLEAR_LINE = "\x15";
const REDRAW = "\x0c";
const PICTURE = "/run/last.svg";
const END_OF_PICTURE = "</svg>";
const CACHE = "simpsh-try";
const REST_MS = 400;

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
  cursorBlink: true,
  screenReaderMode: true,
  theme: { background: style.getPropertyValue("--screen").trim() },
});
let machine = null;
let state = null;
let lastOutput = 0;
let file = "";

function say(words) {
  news.textContent = words;
}

// The state is fetched once; the browser keeps it under its address, which a new one changes.
async function fetchState() {
  const address = `state.zst?${stateBytes}`;
  const cache = "caches" in window ? await caches.open(CACHE).catch(() => null) : null;
  const known = cache && (await cache.match(address));
  if (known) return known.arrayBuffer();
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
  const bar = element("progress");
  bar.hidden = false;
  const parts = [];
  let size = 0;
  for (const reader = answer.body.getReader(); ; ) {
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(value);
    size += value.length;
    bar.value = size / stateBytes;
    say(`loading: ${(size / 1e6).toFixed(0)} of ${(stateBytes / 1e6).toFixed(0)} MB`);
  }
  bar.hidden = true;
  const whole = new Blob(parts);
  if (cache) {
    for (const old of await cache.keys()) await cache.delete(old);
    await cache.put(address, new Response(whole)).catch(() => {});
  }
  return whole.arrayBuffer();
}

function send(text) {
  machine.serial_send_bytes(0, encoder.encode(text));
}

function start() {
  machine = new V86({
    wasm_path: "v86.wasm",
    bios: { url: "bios.bin" },
    vga_bios: { url: "vgabios.bin" },
    memory_size: memory,
    disable_speaker: true,
    uart1: true,
    initial_state: { buffer: state.slice(0) },
    autostart: true,
  });
  let bytes = [];
  machine.add_listener("serial0-output-byte", (byte) => {
    lastOutput = performance.now();
    if (bytes.length === 0) {
      setTimeout(() => {
        terminal.write(new Uint8Array(bytes));
        bytes = [];
      });
    }
    bytes.push(byte);
  });
  let received = [];
  machine.add_listener("serial1-output-byte", (byte) => {
    received.push(byte);
    if (byte !== 0x3e) return;
    file = decoder.decode(new Uint8Array(received));
    if (file.trimEnd().endsWith(END_OF_PICTURE)) {
      received = [];
      showPicture(file);
    }
  });
  machine.add_listener("emulator-started", () => {
    setTimeout(() => send(REDRAW), REST_MS);
    document.body.dataset.started = Math.round(performance.now() - begun);
  });
}

let begun = 0;

async function begin() {
  begun = performance.now();
  element("begin").disabled = true;
  try {
    state = state ?? (await fetchState());
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
  start();
}

async function reset() {
  await machine.destroy();
  terminal.reset();
  terminal.focus();
  start();
}

function showPicture(svg) {
  const image = new Image();
  image.alt = "the processes of the last command: births, programs, ends";
  image.src = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
  const link = document.createElement("a");
  link.href = image.src;
  link.download = "run.svg";
  link.textContent = "keep it as a file";
  element("picture").replaceChildren(image, link);
}

function atPrompt() {
  const buffer = terminal.buffer.active;
  const line = buffer.getLine(buffer.baseY + buffer.cursorY).translateToString(true);
  return line.trimEnd() === ">>" && performance.now() - lastOutput > REST_MS;
}

function type(line) {
  if (!machine) return;
  terminal.focus();
  send(`${CLEAR_LINE}${line}\r`);
}

element("begin").addEventListener("click", begin);
element("reset").addEventListener("click", reset);
for (const button of document.querySelectorAll("#lines button"))
  button.addEventListener("click", () => type(button.textContent));
document.querySelector("[data-draw]").addEventListener("click", () => type(`timeline ${PICTURE}`));
for (const button of document.querySelectorAll("[data-keys]"))
  button.addEventListener("click", () => {
    send(JSON.parse(`"${button.dataset.keys.replace("\\x", "\\u00")}"`));
    terminal.focus();
  });
element("upload").addEventListener("change", async (event) => {
  const [chosen] = event.target.files;
  if (!chosen || !machine) return;
  const name = chosen.name.replace(/[^\w.-]/g, "_");
  const data = new Uint8Array(await chosen.arrayBuffer());
  machine.serial_send_bytes(1, encoder.encode(`${name} ${data.length}\n`));
  machine.serial_send_bytes(1, data);
  event.target.value = "";
  type(`ls -l ${name}`);
});
terminal.onData((text) => machine && send(text));
terminal.onBinary((text) => machine && send(text));
// For those who drive the page: what the terminal shows, and whether the prompt waits.
function text() {
  const buffer = terminal.buffer.active;
  const lines = [];
  for (let row = 0; row < buffer.length; row++) lines.push(buffer.getLine(row).translateToString(true));
  return lines.join("\n");
}
window.simpshTry = { atPrompt, text, type };
