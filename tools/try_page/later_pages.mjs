// The pages of memory that are loaded after the prompt: those of files and of the kernel's code that no
// running program has used since it was at the prompt. Until they arrive, they are zeros in the machine,
// and no line may run. Their format is their count, the number of each page, then the pages.
const PAGE = 4096;
const NUMBER = 4;
// The bits of an entry in the processor's tables of pages. The processor sets `ACCESSED`.
const PRESENT = 1;
const WRITABLE = 2;
const ACCESSED = 0x20;
const LARGE = 0x80;
const ENTRIES = 1024;
// The entries of each directory that are the kernel's: they map the memory from its first page.
const KERNEL = 768;
const LOW_ENTRIES = 16;

const wordsOf = (memory) => new Uint32Array(memory.buffer, memory.byteOffset, memory.length / NUMBER);

// Returns the places of the directories of all processes: they share the kernel's entries with the
// directory in the control register.
function directoriesLike(words, current) {
  const tables = (start) => [...words.subarray(start, start + LOW_ENTRIES)].map((entry) => (entry & PRESENT) && entry >>> 12);
  const kernel = tables(current / NUMBER + KERNEL).join();
  const found = [];
  for (let start = 0; start < words.length; start += ENTRIES)
    if (words[start + KERNEL] & PRESENT && tables(start + KERNEL).join() === kernel) found.push(start);
  return found;
}

// Yields each entry of a directory's tables: its place, and the page that it maps from.
function* entriesOf(words, directory, first, last) {
  for (let index = first; index < last; index++) {
    const entry = words[directory + index];
    if (!(entry & PRESENT) || entry & LARGE) continue;
    const table = (entry >>> 12) * ENTRIES;
    for (let place = 0; place < ENTRIES; place++)
      if (words[table + place] & PRESENT) yield [table + place, index * ENTRIES + place];
  }
}

// Forgets which pages have been used. The processor must forget its copies of the tables next.
export function forgetUse(memory, current) {
  const words = wordsOf(memory);
  for (const directory of directoriesLike(words, current))
    for (const [place] of entriesOf(words, directory, 0, ENTRIES)) words[place] &= ~ACCESSED;
}

// Returns the pages that programs have used since, and those of the kernel's code and constants that
// the kernel has not used. A page that is mapped at another address, too, may be used there: the
// processor reads its table of interrupts.
export function useOf(memory, current) {
  const words = wordsOf(memory);
  const [used, unusedOfKernel, elsewhere] = [new Set(), new Set(), new Set()];
  const ofKernel = new Map(entriesOf(words, current / NUMBER, KERNEL, ENTRIES));
  // The directory of the kernel's start has the kernel's tables among those of programs.
  for (const directory of directoriesLike(words, current))
    for (const [place] of entriesOf(words, directory, 0, KERNEL))
      if (words[place] & ACCESSED && !ofKernel.has(place)) used.add(words[place] >>> 12);
  for (const [place, from] of ofKernel) {
    const page = words[place] >>> 12;
    if (page !== from - KERNEL * ENTRIES) elsewhere.add(page);
    else if (!(words[place] & (WRITABLE | ACCESSED))) unusedOfKernel.add(page);
  }
  for (const page of elsewhere) unusedOfKernel.delete(page);
  return { used, unusedOfKernel };
}

// Returns the numbers of the pages of memory that hold a part of one of the files, and of those of the
// kernel's that it has not used, unless a program has used them: all programs enter the kernel by code
// in a page of its constants.
export function unusedPages(memory, files, { used, unusedOfKernel }) {
  const taken = blocksOf(files);
  const zeros = textOf(new Uint8Array(PAGE));
  taken.delete(zeros);
  const numbers = [];
  for (let start = 0, number = 0; start < memory.length; start += PAGE, number++) {
    const text = textOf(memory.subarray(start, start + PAGE));
    const isCandidate = taken.has(text) || (unusedOfKernel.has(number) && text !== zeros);
    if (isCandidate && !used.has(number)) numbers.push(number);
  }
  return numbers;
}

const textOf = (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).latin1Slice();

function blocksOf(files) {
  const blocks = new Set();
  for (const file of files)
    for (let start = 0; start < file.length; start += PAGE) {
      const block = new Uint8Array(PAGE);
      block.set(file.subarray(start, start + PAGE));
      blocks.add(textOf(block));
    }
  return blocks;
}

// Removes pages from the memory, and returns them.
export function takePages(memory, numbers) {
  const head = Uint32Array.of(numbers.length, ...numbers);
  const taken = new Uint8Array(head.byteLength + numbers.length * PAGE);
  taken.set(new Uint8Array(head.buffer));
  numbers.forEach((number, place) => {
    const page = memory.subarray(number * PAGE, (number + 1) * PAGE);
    taken.set(page, head.byteLength + place * PAGE);
    page.fill(0);
  });
  return taken;
}

// Yields for each of the pages: the words of the memory there, and those that were taken.
function* pairsOf(memory, taken) {
  const words = new Uint32Array(taken.buffer, taken.byteOffset, taken.length / NUMBER);
  const inMemory = wordsOf(memory);
  for (let place = 0; place < words[0]; place++) {
    const start = words[0] + 1 + place * ENTRIES;
    const number = words[place + 1];
    yield [inMemory.subarray(number * ENTRIES, (number + 1) * ENTRIES), words.subarray(start, start + ENTRIES)];
  }
}

function isEmpty(page) {
  for (let place = 0; place < page.length; place++) if (page[place]) return false;
  return true;
}

function isSame(page, other) {
  for (let place = 0; place < page.length; place++) if (page[place] !== other[place]) return false;
  return true;
}

// Removes pages that were taken before. A page that has changed since stays; returns whether the
// machine has freed one.
export function removePages(memory, taken) {
  let hasFreed = false;
  for (const [page, before] of pairsOf(memory, taken))
    if (isEmpty(page)) hasFreed = true;
    else if (isSame(page, before)) page.fill(0);
  return hasFreed;
}

// Writes pages into the memory. A page that is not empty there has changed since, and stays.
export function putPages(memory, taken) {
  for (const [page, before] of pairsOf(memory, taken)) if (isEmpty(page)) page.set(before);
}
