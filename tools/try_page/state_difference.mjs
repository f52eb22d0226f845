// A state of the machine as its difference from the base state. Each changed page of memory is stored
// as the exclusive or with a similar page of the base: compression removes the zeros. The similar page
// is the one at the same address, or the one that a fork has copied.
// A state of v86 has four numbers (the fourth is the length of the description), the description in
// JSON, then the buffers that it lists. One buffer has the pages of memory that are not empty; another
// has a bit for each page, set if the page is not empty.
const PAGE = 4096;
const WORDS = PAGE / 4;
// The number of words in a piece, by which pages are compared.
const PIECE = 32;
const NONE = 0xffffffff;
const SAME = 0x80000000;

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

// Returns for each page of memory its position among the pages of the state, or NONE.
function placesOf(map) {
  let next = 0;
  return Uint32Array.from({ length: map.length * 8 }, (_, page) =>
    map[page >> 3] & (1 << (page & 7)) ? next++ : NONE,
  );
}

function* piecesOf(memory, place) {
  for (let start = place * WORDS; start < (place + 1) * WORDS; start += PIECE) {
    let hash = 0;
    for (let word = start; word < start + PIECE; word++) hash = Math.imul(hash ^ memory[word], 0x9e3779b1);
    if (hash) yield hash;
  }
}

function sameWords(memory, place, other, otherPlace) {
  let same = 0;
  for (let word = 0; word < WORDS; word++)
    if (memory[place * WORDS + word] === other[otherPlace * WORDS + word]) same++;
  return same;
}

// Returns what takeDifference needs of the base state; many differences share it.
export function baseOf(state, memorySize) {
  const { map, memory } = partsOf(state, memorySize);
  const pageWith = new Map();
  for (let place = 0; place < memory.length / WORDS; place++)
    for (const hash of piecesOf(memory, place)) pageWith.set(hash, place);
  return { memory, pageWith, places: placesOf(map) };
}

// Returns for each page of `state` the page of `base` that it is most like; SAME if it is equal.
function referencesTo(base, state) {
  const references = new Uint32Array(state.memory.length / WORDS);
  placesOf(state.map).forEach((place, page) => {
    if (place === NONE) return;
    const own = base.places[page];
    const same = own === NONE ? 0 : sameWords(base.memory, own, state.memory, place);
    if (same === WORDS) {
      references[place] = SAME + own;
      return;
    }
    const votes = new Map();
    for (const hash of piecesOf(state.memory, place)) {
      const found = base.pageWith.get(hash);
      if (found !== undefined) votes.set(found, (votes.get(found) ?? 0) + 1);
    }
    const [best, count] = [...votes].reduce((one, other) => (other[1] > one[1] ? other : one), [NONE, 0]);
    references[place] = same >= count * PIECE ? own : best;
  });
  return references;
}

const isSame = (reference) => reference >= SAME && reference !== NONE;

function differ(page, memory, reference) {
  if (reference === NONE) return;
  for (let word = 0; word < WORDS; word++) page[word] ^= memory[reference * WORDS + word];
}

// Returns the parts of the difference from what baseOf returned: its head, the references, each changed page, and the rest of
// the state.
export function takeDifference(base, state, memorySize) {
  const to = partsOf(state, memorySize);
  const { memory } = to;
  const references = referencesTo(base, to);
  const pages = [];
  references.forEach((reference, place) => {
    if (isSame(reference)) return;
    const page = memory.slice(place * WORDS, (place + 1) * WORDS);
    differ(page, base.memory, reference);
    pages.push(page);
  });
  const head = Uint32Array.of(state.byteLength, memory.byteOffset, references.length);
  const before = new Uint8Array(state, 0, memory.byteOffset);
  const after = new Uint8Array(state, memory.byteOffset + memory.byteLength);
  return [head, references, ...pages, before, after];
}

// Returns the state, from the base and the difference at `start` in a buffer.
export function applyDifference(base, difference, start, memorySize) {
  const [length, memoryStart, count] = new Uint32Array(difference, start, 3);
  let read = start + 12;
  const next = (Type, size) => {
    const part = new Type(difference, read, size);
    read += part.byteLength;
    return part;
  };
  const from = partsOf(base, memorySize).memory;
  const bytes = new Uint8Array(length);
  const memory = new Uint32Array(bytes.buffer, memoryStart, count * WORDS);
  next(Uint32Array, count).forEach((reference, place) => {
    const page = memory.subarray(place * WORDS, (place + 1) * WORDS);
    if (!isSame(reference)) page.set(next(Uint32Array, WORDS));
    differ(page, from, isSame(reference) ? reference - SAME : reference);
  });
  bytes.set(next(Uint8Array, memoryStart));
  const memoryEnd = memoryStart + memory.byteLength;
  bytes.set(next(Uint8Array, length - memoryEnd), memoryEnd);
  return bytes.buffer;
}
