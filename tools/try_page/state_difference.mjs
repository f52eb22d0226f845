// A state of the machine as its difference from the base state: each page of memory is kept as the
// exclusive or with a page of the base that is like it, which leaves zeros that compression removes.
// That is the page at the same place, or the page that a fork has copied.
// A state of v86: four numbers (the fourth is the length of the description), the description in
// JSON, then the buffers that it lists. One buffer has the pages of memory that are not empty, and
// another has a bit for each page that says whether it is among them.
const PAGE = 4096;
const WORDS = PAGE / 4;
// Two pages are compared by pieces of so many words.
const PIECE = 32;
const NONE = 0xffffffff;

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

// The number of the address's page among those of the state, or NONE; for each address.
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

// The page of the base that has a piece; made once for all differences from it.
const pageWith = new Map();

// Returns for each page of `state` the page of `base` that it is most like.
function referencesTo(base, state) {
  if (pageWith.size === 0)
    for (let place = 0; place < base.memory.length / WORDS; place++)
      for (const hash of piecesOf(base.memory, place)) pageWith.set(hash, place);
  const inBase = placesOf(base.map);
  const references = new Uint32Array(state.memory.length / WORDS);
  placesOf(state.map).forEach((place, page) => {
    if (place === NONE) return;
    const own = inBase[page];
    const same = own === NONE ? 0 : sameWords(base.memory, own, state.memory, place);
    if (same === WORDS) {
      references[place] = own;
      return;
    }
    const votes = new Map();
    for (const hash of piecesOf(state.memory, place)) {
      const found = pageWith.get(hash);
      if (found !== undefined) votes.set(found, (votes.get(found) ?? 0) + 1);
    }
    const [best, count] = [...votes].reduce((one, other) => (other[1] > one[1] ? other : one), [NONE, 0]);
    references[place] = same >= count * PIECE ? own : best;
  });
  return references;
}

function sameWords(memory, place, other, otherPlace) {
  let same = 0;
  for (let word = 0; word < WORDS; word++)
    if (memory[place * WORDS + word] === other[otherPlace * WORDS + word]) same++;
  return same;
}

function exchange(base, state, references) {
  references.forEach((reference, place) => {
    if (reference === NONE) return;
    const [from, to] = [reference * WORDS, place * WORDS];
    for (let word = 0; word < WORDS; word++) state.memory[to + word] ^= base.memory[from + word];
  });
}

// Turns the pages of `state` into their difference from those of `base`; returns which page of the
// base each is compared with.
export function takeDifference(base, state, memorySize) {
  const [from, to] = [partsOf(base, memorySize), partsOf(state, memorySize)];
  const references = referencesTo(from, to);
  exchange(from, to, references);
  return references;
}

// Turns a difference back into the pages.
export function applyDifference(base, state, references, memorySize) {
  exchange(partsOf(base, memorySize), partsOf(state, memorySize), references);
}
