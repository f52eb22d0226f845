// The pages of memory that are loaded after the prompt: those of files that no running program has
// mapped. Until they arrive, they are zeros in the machine, and no line may run. Their format is their
// count, the number of each page, then the pages.
const PAGE = 4096;
const NUMBER = 4;

// Returns the numbers of the pages of memory that hold a part of one of the files, and of none of the
// `mapped` ones.
export function pagesOfFiles(memory, files, mapped) {
  const taken = blocksOf(files);
  for (const block of blocksOf(mapped)) taken.delete(block);
  taken.delete(textOf(new Uint8Array(PAGE)));
  const numbers = [];
  for (let start = 0; start < memory.length; start += PAGE)
    if (taken.has(textOf(memory.subarray(start, start + PAGE)))) numbers.push(start / PAGE);
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

// Writes pages into the memory.
export function putPages(memory, taken) {
  const [count] = new Uint32Array(taken.buffer, taken.byteOffset, 1);
  const numbers = new Uint32Array(taken.buffer, taken.byteOffset + NUMBER, count);
  const start = NUMBER * (count + 1);
  numbers.forEach((number, place) => {
    memory.set(taken.subarray(start + place * PAGE, start + (place + 1) * PAGE), number * PAGE);
  });
}
