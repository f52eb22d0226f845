// Boots the machine under node, types what a first minute needs, and saves the state at the prompt.
// node save_state.mjs MODULES KERNEL INITRD BIOS_FOLDER MEMORY_MIB STATE SCREEN
import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

const [modules, kernel, initrd, bios, memory, stateFile, screenFile] = process.argv.slice(2);
const { V86 } = await import(pathToFileURL(path.join(modules, "v86/build/libv86.mjs")));
const bytes = (file) => {
  const data = fs.readFileSync(file);
  return { buffer: data.buffer.slice(data.byteOffset, data.byteOffset + data.length) };
};
// init_on_free: a page that is free has zeros, which the state does not cost. The rest leaves out
// what this machine has not, and measurements that the emulator makes slow.
const commandLine = [
  "console=ttyS0 quiet init_on_free=1 tsc=reliable mitigations=off nopti acpi=off pnpbios=off",
  "nolapic noapic mce=off lpj=4000000 random.trust_cpu=on random.trust_bootloader=on",
].join(" ");
const machine = new V86({
  wasm_path: path.join(modules, "v86/build/v86.wasm"),
  bios: bytes(path.join(bios, "bios.bin")),
  vga_bios: bytes(path.join(bios, "vgabios.bin")),
  bzimage: bytes(kernel),
  initrd: bytes(initrd),
  cmdline: commandLine,
  memory_size: Number(memory) << 20,
  uart1: true,
  autostart: true,
});
const start = Date.now();
const seconds = () => ((Date.now() - start) / 1000).toFixed(1);
const limit = setTimeout(() => fail("the machine did not come to its prompt in an hour"), 3600_000);
let output = "";
let lastByte = Date.now();

function fail(words) {
  console.error(`${words}; the last of its output:\n${output.slice(-1500)}`);
  process.exit(1);
}

machine.add_listener("serial0-output-byte", (byte) => {
  output += String.fromCharCode(byte);
  lastByte = Date.now();
  // The line editor asks where the cursor is.
  if (output.endsWith("\x1b[6n")) machine.serial0_send("\x1b[1;1R");
});

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const until = async (pattern) => {
  while (!pattern.test(output)) await pause(50);
};

// The line editor switches bracketed paste off when it has a line, and on when it waits for one.
const type = async (line) => {
  output = "";
  machine.serial0_send(`${line}\r`);
  await until(/\x1b\[\?2004l[^]*\x1b\[\?2004h/);
  console.log(`${seconds()} s  ${line}`);
};

await until(/>>/);
console.log(`${seconds()} s  the prompt`);
for (const line of fs.readFileSync(new URL("first_minute.txt", import.meta.url), "utf8").split("\n"))
  if (line && !line.startsWith("#")) await type(line);
clearTimeout(limit);
output = "\x1b[?2004h";
machine.serial0_send("\x0c");
while (Date.now() - lastByte < 3000) await pause(100);
// What the page shows at once; it must not answer where the cursor is a second time.
fs.writeFileSync(screenFile, output.replaceAll("\x1b[6n", ""), "latin1");
const state = await machine.save_state();
fs.writeFileSync(stateFile, Buffer.from(state));
console.log(`${seconds()} s  a state of ${(state.byteLength / 1e6).toFixed(0)} MB`);
process.exit(0);
