// Saves the states that the page continues from; each mode is one call of node:
//   base      boots the machine, types the lines of a first minute, and saves the state at the prompt
//   split     rehearses from it what a reader does, and divides it into the pages for that and the others
//   lessons   continues from it, starts a lesson, and saves the state where its reader is asked
// node save_state.mjs MODE MODULES BIOS_FOLDER MEMORY_MIB STATE WORD...
// STATE is the whole state; STATE.first lacks the pages of later_pages.mjs, and STATE.later has them.
// The words for base are SCREEN KERNEL INITRD: SCREEN is the file that gets the screen. The word for split
// is ROOT, the folder with the files of the machine. The words for lessons are UPDATES, a list in JSON of files that are
// newer than the state, and the number of lessons. This mode reads LESSON or LESSON:STEP, a tab and a file from each line of its
// input, writes the difference from STATE.first into the file, and prints the line.
import fs from "node:fs";
import path from "node:path";
import readline from "node:readline";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { forgetUse, putPages, removePages, takePages, unusedPages, useOf } from "./later_pages.mjs";
import { baseOf, takeDifference } from "./state_difference.mjs";

const [mode, modules, bios, mebibytes, stateFile, ...words] = process.argv.slice(2);
const { V86 } = await import(pathToFileURL(path.join(modules, "v86/build/libv86.mjs")));
const memory = Number(mebibytes) << 20;
// The limit of one state is in processor time: another program may have the processor.
const LONGEST_CPU_SECONDS = 1800;
const REPORT_MS = 30_000;
// If the processor has halted for this time, the machine waits for a key.
const IDLE_MS = 1000;
const LOOK_MS = 10;
const PAGE_BYTES = 4096;
const FEW_LESSONS = 6;
// The machine looks for changed files more often than this.
const REHEARSED_MS = 6000;
const NARRATION = /(\x1b\[[\d;]*m)?\[v\]: [^\n]*\n/g;
// init_on_free fills free pages with zeros, which need no space in the state. The other words leave
// out devices that this machine lacks, and measurements that are slow in the emulator. Without large
// pages (the processor's feature 3) each page of the kernel has an entry that shows whether it is used.
const commandLine = [
  "console=ttyS0 quiet init_on_free=1 tsc=reliable mitigations=off nopti acpi=off pnpbios=off",
  "nolapic noapic mce=off lpj=4000000 clearcpuid=3 random.trust_cpu=on random.trust_bootloader=on",
].join(" ");

const bytes = (name) => {
  const data = fs.readFileSync(name);
  return { buffer: data.buffer.slice(data.byteOffset, data.byteOffset + data.length) };
};
const [screenFile, kernel, initrd] = words;
const isBase = mode === "base";
const boot = isBase ? { bzimage: bytes(kernel), initrd: bytes(initrd), cmdline: commandLine } : {};
const program = fs.readFileSync(path.join(modules, "v86/build/v86.wasm"));
let emulator = null;
const machine = new V86({
  wasm_fn: async (imports) => (emulator = (await WebAssembly.instantiate(program, imports)).instance.exports),
  bios: bytes(path.join(bios, "bios.bin")),
  vga_bios: bytes(path.join(bios, "vgabios.bin")),
  memory_size: memory,
  uart1: true,
  autostart: isBase,
  // Compiling does not pay for a rehearsal or a few lessons.
  disable_jit: mode === "split" || (mode === "lessons" && Number(words[1]) <= FEW_LESSONS),
  ...boot,
});
const start = Date.now();
const seconds = () => ((Date.now() - start) / 1000).toFixed(1);
const cpuSeconds = () => Object.values(process.cpuUsage()).reduce((one, other) => one + other) / 1e6;
let cpuBefore = 0;
let waitsFor = "the prompt";
setInterval(() => {
  const used = cpuSeconds() - cpuBefore;
  if (used > LONGEST_CPU_SECONDS) fail(`after half an hour of the processor the machine waits for ${waitsFor}`);
  if (isBase) console.log(`${seconds()} s, ${used.toFixed(0)} s of the processor: waiting for ${waitsFor}`);
}, REPORT_MS);
let output = "";

function fail(problem) {
  console.error(`${problem}; the last of its output:\n${output.slice(-1500)}`);
  process.exit(1);
}

machine.add_listener("serial0-output-byte", (byte) => {
  output += String.fromCharCode(byte);
  // The line editor asks where the cursor is.
  if (output.endsWith("\x1b[6n")) machine.serial0_send("\x1b[1;1R");
});

// The files of the machine that have arrived.
let arrivals = "";
machine.add_listener("serial1-output-byte", (byte) => {
  arrivals += String.fromCharCode(byte);
});

// Puts a file into the machine, as the page does.
async function put({ name, data }) {
  const content = Buffer.from(data, "base64");
  arrivals = "";
  machine.serial_send_bytes(1, Buffer.from(`${content.length} 644 ${name}\n`));
  machine.serial_send_bytes(1, content);
  while (!arrivals.includes(` ${name}\n`)) await pause(LOOK_MS);
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const until = async (pattern) => {
  while (!pattern.test(output)) await pause(50);
};
async function untilIdle() {
  const { cpu } = machine.v86;
  for (let halted = 0; halted < IDLE_MS; halted += LOOK_MS) {
    await pause(LOOK_MS);
    if (!cpu.in_hlt[0]) halted = 0;
  }
}
// Removes the request for the cursor's position: the page must not answer it again.
const shown = () => output.replaceAll("\x1b[6n", "");

// The line editor switches bracketed paste off when it has a line, and on when it waits for one.
async function type(line) {
  output = "";
  machine.serial0_send(`${line}\r`);
  await until(/\x1b\[\?2004l[^]*\x1b\[\?2004h/);
  await untilIdle();
}

// See try.js. With `before`, the memory when the machine stopped, compiled code of pages that are the
// same again is kept: compiling takes most of the time of a lesson's start.
async function restore(state, before = null) {
  const now = emulator.read_tsc();
  emulator.set_tsc(Number(now & 0xffffffffn), Number(now >> 32n));
  const { cpu } = machine.v86;
  const clear = cpu.jit_clear_cache;
  if (before) cpu.jit_clear_cache = () => {};
  await machine.restore_state(state);
  cpu.jit_clear_cache = clear;
  for (let at = 0; before && at < memory; at += PAGE_BYTES) {
    const [old, now] = [before, cpu.mem8].map((bytes) => bytes.subarray(at, at + PAGE_BYTES));
    if (Buffer.compare(old, now)) cpu.jit_dirty_cache(at, at + PAGE_BYTES);
  }
}

async function saveBase() {
  const { cpu } = machine.v86;
  await until(/>>/);
  console.log(`${seconds()} s: the prompt`);
  await machine.stop();
  forgetUse(cpu.mem8, cpu.cr[3]);
  cpu.full_clear_tlb();
  await machine.run();
  const text = fs.readFileSync(new URL("first_minute.txt", import.meta.url), "utf8");
  const lines = text.split("\n").filter((line) => line && !line.startsWith("#"));
  for (const [number, line] of lines.entries()) {
    waitsFor = `line ${number + 1} of ${lines.length}: ${line}`;
    await type(line);
    console.log(`${seconds()} s: line ${number + 1} of ${lines.length}: ${line}`);
  }
  output = "\x1b[?2004h";
  machine.serial0_send("\x0c");
  await untilIdle();
  fs.writeFileSync(screenFile, shown(), "latin1");
  fs.writeFileSync(stateFile, Buffer.from(await machine.save_state()));
}

async function splitBase() {
  const { cpu } = machine.v86;
  const state = bytes(stateFile).buffer;
  await rehearse(state.slice(0));
  await machine.stop();
  const numbers = unusedPages(cpu.mem8, filesOf(words[0]), useOf(cpu.mem8, cpu.cr[3]));
  await restore(state);
  const later = takePages(cpu.mem8, numbers);
  const first = await machine.save_state();
  fs.writeFileSync(`${stateFile}.first`, Buffer.from(first));
  const sizes = [state.byteLength, later.length].map((size) => (size / 1e6).toFixed(0));
  console.log(`${seconds()} s: a state of ${sizes[0]} MB, of which ${sizes[1]} MB are loaded later`);
  await rehearse(first);
  putPages(cpu.mem8, later);
  machine.serial0_send("\r");
  await until(/\narrived\r?\n[^]*\x1b\[\?2004h/);
  fs.writeFileSync(`${stateFile}.later`, later);
  console.log(`${seconds()} s: letters reach the prompt before these pages`);
}

// Continues from a state, and does what a reader does before the later pages have arrived.
async function rehearse(from) {
  await restore(from);
  await machine.run();
  output = "";
  for (const letter of "echo arrived") {
    machine.serial0_send(letter);
    await untilIdle();
  }
  await pause(REHEARSED_MS);
}

function filesOf(folder) {
  const names = fs.readdirSync(folder, { recursive: true }).map((name) => path.join(folder, name));
  return names.filter((name) => fs.lstatSync(name).isFile()).map((name) => fs.readFileSync(name));
}

async function saveLesson(state, base, later, updates, name, before) {
  const [lesson, step] = name.split(":");
  const from = step ? ` --from ${step}` : "";
  await restore(state, before);
  await machine.run();
  for (const update of updates) await put(update);
  output = "";
  machine.serial0_send(`cd ~/course/${lesson} && lesson run ${lesson}${from}\r`);
  await until(/\x1b\[\?2004l/);
  await untilIdle();
  await machine.stop();
  const memoryNow = machine.v86.cpu.mem8.slice();
  if (removePages(machine.v86.cpu.mem8, later)) fail("a file of the machine has gone");
  const difference = takeDifference(base, await machine.save_state(), memory);
  // Hide the shell's narration about the lesson's own process.
  const screen = Buffer.from(shown().replace(NARRATION, ""), "latin1");
  // The numbers of the difference are aligned.
  const padded = Buffer.alloc((screen.length + 3) & ~3, "\0");
  screen.copy(padded);
  const parts = [Uint32Array.of(padded.length), padded, ...difference];
  const whole = Buffer.concat(parts.map((part) => Buffer.from(part.buffer, part.byteOffset, part.byteLength)));
  return [gzipSync(whole, { level: 9 }), memoryNow];
}

async function saveLessons() {
  const state = bytes(stateFile).buffer;
  const base = baseOf(bytes(`${stateFile}.first`).buffer, memory);
  const later = new Uint8Array(bytes(`${stateFile}.later`).buffer);
  const updates = JSON.parse(fs.readFileSync(words[0], "utf8"));
  let before = null;
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const [name, file] = line.split("\t");
    [cpuBefore, waitsFor] = [cpuSeconds(), name];
    let packed;
    [packed, before] = await saveLesson(state.slice(0), base, later, updates, name, before);
    fs.writeFileSync(file, packed);
    console.log(line);
  }
}

await new Promise((made) => machine.add_listener(isBase ? "emulator-started" : "emulator-ready", made));
await { base: saveBase, split: splitBase, lessons: saveLessons }[mode]();
process.exit(0);
