// Answers for the page from the browser's cache, so that the second visit needs no network. A new build
// of the page has another version, and replaces the files. The page itself keeps the state and the
// later pages (try.js).
const CACHE = "simpsh-try-@VERSION@";
const FILES = [@FILES@];

self.addEventListener("install", (event) => {
  event.waitUntil(
    (async () => {
      const cache = await caches.open(CACHE);
      await cache.addAll(FILES);
      await self.skipWaiting();
    })(),
  );
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    (async () => {
      for (const name of await caches.keys())
        if (name.startsWith("simpsh-try-") && name !== CACHE) await caches.delete(name);
      await self.clients.claim();
    })(),
  );
});

self.addEventListener("fetch", (event) => {
  const address = new URL(event.request.url);
  if (event.request.method !== "GET" || address.origin !== location.origin) return;
  if (/\/(state|later)\.zst$/.test(address.pathname)) return;
  event.respondWith(answer(event.request));
});

// The page's address has a question mark with what the reader wants; the file is the same.
async function answer(request) {
  const cache = await caches.open(CACHE);
  const known = await cache.match(request, { ignoreSearch: true });
  if (known) return known;
  const fetched = await fetch(request);
  // The states of lessons and the pages of the course are kept as they are read.
  if (fetched.ok) await cache.put(request, fetched.clone());
  return fetched;
}
