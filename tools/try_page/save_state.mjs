// Boots the machine, types the lines of a first minute, and saves its state and screen at the prompt.
// node save_state.mjs MODULES BIOS_FOLDER MEMORY_MIB KERNEL INITRD STATE SCREEN
import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

const [modules, bios, mebibytes, kernel, initrd, stateFile, screenFile] = process.argv.slice(2);
const { V86 } = await import(pathToFileURL(path.join(modules, "v86/build/libv86.mjs")));
// The limit is in processor time: another program may have the processor.
const LONGEST_CPU_SECONDS = 1800;
const REPORT_MS = 30_000;
const LOOK_MS = 10;
// If the processor has halted for this time, the machine waits for a key.
const IDLE_MS = 1000;
// init_on_free fills free pages with zeros, which need no space in the state. The other words leave
// out devices that this machine lacks, and measurements that are slow in the emulator.
const COMMAND_LINE = [
  "console=ttyS0 quiet init_on_free=1 tsc=reliable mitigations=off nopti acpi=off pnpbios=off",
  "nolapic noapic mce=off lpj=4000000 random.trust_cpu=on random.trust_bootloader=on",
].join(" ");

const file = (name) => {
  const { buffer, byteOffset, length } = fs.readFileSync(name);
  return { buffer: buffer.slice(byteOffset, byteOffset + length) };
};
const machine = new V86({
  wasm_path: path.join(modules, "v86/build/v86.wasm"),
  bios: file(path.join(bios, "bios.bin")),
  vga_bios: file(path.join(bios, "vgabios.bin")),
  memory_size: Number(mebibytes) << 20,
  uart1: true,
  autostart: true,
  bzimage: file(kernel),
  initrd: file(initrd),
  cmdline: COMMAND_LINE,
});

let output = "";
machine.add_listener("serial0-output-byte", (byte) => {
  output += String.fromCharCode(byte);
  // The line editor asks where the cursor is.
  if (output.endsWith("\x1b[6n")) machine.serial0_send("\x1b[1;1R");
});

const start = Date.now();
const report = (words) => console.log(`${((Date.now() - start) / 1000).toFixed(0)} s: ${words}`);
let waitsFor = "the prompt";
setInterval(() => {
  const { user, system } = process.cpuUsage();
  const isLate = (user + system) / 1e6 > LONGEST_CPU_SECONDS;
  if (isLate || output.includes("Traceback")) {
    console.error(`the machine does not answer; the last of its output:\n${output.slice(-1500)}`);
    process.exit(1);
  }
  report(`waiting for ${waitsFor}`);
}, REPORT_MS);

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
async function until(pattern) {
  while (!pattern.test(output)) await pause(LOOK_MS);
}
async function untilIdle() {
  const { cpu } = machine.v86;
  for (let halted = 0; halted < IDLE_MS; halted += LOOK_MS) {
    await pause(LOOK_MS);
    if (!cpu.in_hlt[0]) halted = 0;
  }
}

await until(/>>/);
const text = fs.readFileSync(new URL("first_minute.txt", import.meta.url), "utf8");
for (const line of text.split("\n").filter((one) => one && !one.startsWith("#"))) {
  report((waitsFor = line));
  output = "";
  // A line that begins with a blank does not enter the history.
  machine.serial0_send(` ${line}\r`);
  // The line editor switches bracketed paste off when it has a line, and on when it waits for one.
  await until(/\x1b\[\?2004l[^]*\x1b\[\?2004h/);
  await untilIdle();
}
output = "\x1b[?2004h";
machine.serial0_send("\x0c");
await untilIdle();
// The page must not answer the request for the cursor's position again.
fs.writeFileSync(screenFile, output.replaceAll("\x1b[6n", ""), "latin1");
fs.writeFileSync(stateFile, Buffer.from(await machine.save_state()));
report("the state is saved");
process.exit(0);
