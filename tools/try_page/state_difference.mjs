// A state of the machine as its difference from the base state. A page of memory that both have is
// kept as the exclusive or of both: zeros where they agree, which compression removes.
// A state of v86: four numbers (the fourth is the length of the description), the description in
// JSON, then the buffers that it lists. One buffer has the pages of memory that are not empty, and
// another has a bit for each page that says whether it is among them.
const PAGE = 4096;

function partsOf(state, memorySize) {
  const length = new Int32Array(state, 0, 4)[3];
  const description = new Uint8Array(state, 16, length);
  const { buffer_infos: buffers } = JSON.parse(new TextDecoder().decode(description));
  const start = (16 + length + 3) & ~3;
  const mapSize = memorySize / PAGE / 8;
  const map = buffers.find((buffer) => buffer.length === mapSize);
  const memory = buffers.reduce((one, other) => (other.length > one.length ? other : one));
  return {
    map: new Uint8Array(state, start + map.offset, mapSize),
    memory: new Uint32Array(state, start + memory.offset, memory.length / 4),
  };
}

// Turns the pages of `state` into their difference from those of `base`, or back.
export function applyDifference(base, state, memorySize) {
  const from = partsOf(base, memorySize);
  const to = partsOf(state, memorySize);
  const words = PAGE / 4;
  let read = 0;
  let write = 0;
  for (let page = 0; page < memorySize / PAGE; page++) {
    const bit = 1 << (page & 7);
    const isInBase = from.map[page >> 3] & bit;
    const isHere = to.map[page >> 3] & bit;
    if (isInBase && isHere)
      for (let word = 0; word < words; word++) to.memory[write + word] ^= from.memory[read + word];
    if (isInBase) read += words;
    if (isHere) write += words;
  }
}
