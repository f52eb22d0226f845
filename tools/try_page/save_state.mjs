// Saves the states that the page continues from; each mode is one call of node:
//   base     boots the machine, types the lines of a first minute, and saves the state at the prompt
//   lesson   continues from it, starts a lesson, and saves the state where its reader is asked
// node save_state.mjs MODE MODULES BIOS_FOLDER MEMORY_MIB STATE FILE WORD...
// STATE is the whole state; STATE.first lacks the pages of later_pages.mjs, and STATE.later has them.
// FILE gets the screen (base) or the difference from STATE.first (lesson). The words are KERNEL INITRD
// ROOT for base, LESSON or LESSON:STEP for lesson; ROOT is the folder with the files of the machine.
import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { pagesOfFiles, takePages } from "./later_pages.mjs";
import { takeDifference } from "./state_difference.mjs";

const [mode, modules, bios, mebibytes, stateFile, file, ...words] = process.argv.slice(2);
const { V86 } = await import(pathToFileURL(path.join(modules, "v86/build/libv86.mjs")));
const memory = Number(mebibytes) << 20;
const LONGEST_MS = 3600_000;
// If the processor has halted for this time, the machine waits for a key.
const IDLE_MS = 1000;
const LOOK_MS = 10;
const NARRATION = /(\x1b\[[\d;]*m)?\[v\]: [^\n]*\n/g;
// init_on_free fills free pages with zeros, which need no space in the state. The other words leave
// out devices that this machine lacks, and measurements that are slow in the emulator.
const commandLine = [
  "console=ttyS0 quiet init_on_free=1 tsc=reliable mitigations=off nopti acpi=off pnpbios=off",
  "nolapic noapic mce=off lpj=4000000 random.trust_cpu=on random.trust_bootloader=on",
].join(" ");

const bytes = (name) => {
  const data = fs.readFileSync(name);
  return { buffer: data.buffer.slice(data.byteOffset, data.byteOffset + data.length) };
};
const base = mode === "base" ? null : bytes(stateFile);
const boot = base
  ? { initial_state: base }
  : { bzimage: bytes(words[0]), initrd: bytes(words[1]), cmdline: commandLine };
const machine = new V86({
  wasm_path: path.join(modules, "v86/build/v86.wasm"),
  bios: bytes(path.join(bios, "bios.bin")),
  vga_bios: bytes(path.join(bios, "vgabios.bin")),
  memory_size: memory,
  uart1: true,
  autostart: true,
  // Compiling pays for the boot and a first minute. The start of a lesson takes half the processor
  // time if it is only interpreted.
  disable_jit: mode !== "base",
  ...boot,
});
const start = Date.now();
const seconds = () => ((Date.now() - start) / 1000).toFixed(1);
setTimeout(() => fail("the machine did not come to its prompt in an hour"), LONGEST_MS);
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

async function saveBase() {
  await until(/>>/);
  console.log(`${seconds()} s: the prompt`);
  const text = fs.readFileSync(new URL("first_minute.txt", import.meta.url), "utf8");
  const lines = text.split("\n").filter((line) => line && !line.startsWith("#"));
  for (const [number, line] of lines.entries()) {
    await type(line);
    console.log(`${seconds()} s: line ${number + 1} of ${lines.length}: ${line}`);
  }
  output = "\x1b[?2004h";
  machine.serial0_send("\x0c");
  await untilIdle();
  fs.writeFileSync(file, shown(), "latin1");
  const state = await machine.save_state();
  fs.writeFileSync(stateFile, Buffer.from(state));
  const numbers = pagesOfFiles(machine.v86.cpu.mem8, ...filesOf(words[2]));
  const [first, later] = await split(numbers);
  fs.writeFileSync(`${stateFile}.first`, Buffer.from(first));
  fs.writeFileSync(`${stateFile}.later`, later);
  const sizes = [state.byteLength, later.length].map((size) => (size / 1e6).toFixed(0));
  console.log(`${seconds()} s: a state of ${sizes[0]} MB, of which ${sizes[1]} MB are loaded later`);
}

// Returns the files that the prompt does not use, and those that its programs map: the interpreter and
// the shared libraries.
function filesOf(root) {
  const [unused, mapped] = [[], []];
  for (const name of fs.readdirSync(root, { recursive: true })) {
    const whole = path.join(root, name);
    if (!fs.lstatSync(whole).isFile()) continue;
    const kind = /\.so\b|bin\/python|usr\/lib\/locale/.test(name) ? mapped : unused;
    kind.push(fs.readFileSync(whole));
  }
  return [unused, mapped];
}

// Returns the state without pages, and the pages. The machine does not go on afterwards.
async function split(numbers) {
  await machine.stop();
  const later = takePages(machine.v86.cpu.mem8, numbers);
  return [await machine.save_state(), later];
}

async function saveLesson() {
  const [lesson, step] = words[0].split(":");
  const from = step ? ` --from ${step}` : "";
  output = "";
  machine.serial0_send(`cd ~/course/${lesson} && lesson run ${lesson}${from}\r`);
  await until(/\x1b\[\?2004l/);
  await untilIdle();
  const expected = fs.readFileSync(`${stateFile}.later`);
  const [count] = new Uint32Array(expected.buffer, expected.byteOffset, 1);
  const [state, later] = await split([...new Uint32Array(expected.buffer, expected.byteOffset + 4, count)]);
  if (!expected.equals(later)) fail("a file of the machine has changed");
  const first = bytes(`${stateFile}.first`).buffer;
  const difference = takeDifference(first, state, memory);
  // Hide the shell's narration about the lesson's own process.
  const screen = Buffer.from(shown().replace(NARRATION, ""), "latin1");
  // The numbers of the difference are aligned.
  const padded = Buffer.alloc((screen.length + 3) & ~3, "\0");
  screen.copy(padded);
  const parts = [Uint32Array.of(padded.length), padded, ...difference];
  const whole = Buffer.concat(parts.map((part) => Buffer.from(part.buffer, part.byteOffset, part.byteLength)));
  fs.writeFileSync(file, gzipSync(whole, { level: 9 }));
}

if (base) await new Promise((started) => machine.add_listener("emulator-started", started));
await { base: saveBase, lesson: saveLesson }[mode]();
process.exit(0);
