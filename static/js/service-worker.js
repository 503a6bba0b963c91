// Keeps the files of the site itself and one page for when there is no network. It never keeps a page with somebody's
// data: pages go to the network, always. /sw.js puts self.SHELL = {version, page, files, lasts} before
// these lines; ``lasts`` says that a file's name changes with what is in it.
const { version, page, files, lasts } = self.SHELL;
const NAME = `shell-${version}`;

self.addEventListener("install", (event) => {
  const fill = async () => {
    const cache = await caches.open(NAME);
    // One by one: a missing file must not keep the others away.
    await Promise.all([page, ...files].map((url) => cache.add(new Request(url, { credentials: "same-origin" })).catch(() => null)));
    await self.skipWaiting();
  };
  event.waitUntil(fill());
});

self.addEventListener("activate", (event) => {
  const tidy = async () => {
    for (const name of await caches.keys()) if (name !== NAME) await caches.delete(name);
    await self.clients.claim();
  };
  event.waitUntil(tidy());
});

const fromNetwork = async (request, otherwise) => {
  try {
    return await fetch(request);
  } catch (error) {
    const kept = await caches.match(otherwise);
    if (!kept) throw error;
    return kept;
  }
};
const fromHere = async (request) => (await caches.match(request)) || fetch(request);

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin) return;
  if (request.mode === "navigate") event.respondWith(fromNetwork(request, page));
  else if (files.includes(pathname)) event.respondWith(lasts ? fromHere(request) : fromNetwork(request, request));
});
