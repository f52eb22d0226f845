// Answers for the page from the browser's cache, so that the second visit needs no network. A new build
// has another version, and replaces the files. The page itself keeps the state (try.js).
const CACHE = "simpsh-try-@VERSION@";
const FILES = [@FILES@];

async function install() {
  await (await caches.open(CACHE)).addAll(FILES);
  await self.skipWaiting();
}

async function activate() {
  for (const name of await caches.keys())
    if (name.startsWith("simpsh-try") && name !== CACHE) await caches.delete(name);
  await self.clients.claim();
}

// The page's address has a question mark with what the reader wants; the file is the same.
async function answer(request) {
  const cache = await caches.open(CACHE);
  const known = await cache.match(request, { ignoreSearch: true });
  if (known) return known;
  const fetched = await fetch(request);
  // The pages of the course are kept as they are read.
  if (fetched.ok) await cache.put(request, fetched.clone());
  return fetched;
}

self.addEventListener("install", (event) => event.waitUntil(install()));
self.addEventListener("activate", (event) => event.waitUntil(activate()));
self.addEventListener("fetch", (event) => {
  const isOfThisSite = new URL(event.request.url).origin === location.origin;
  if (event.request.method === "GET" && isOfThisSite) event.respondWith(answer(event.request));
});
