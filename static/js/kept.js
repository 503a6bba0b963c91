// What was typed and chosen on this device and not answered yet: words in localStorage, photos in IndexedDB. It is kept
// for three days, or until the server has it, or until somebody signs out. Where a browser keeps nothing, all of this
// does nothing. A place is "draft/page"; each window writes a record of its own there, so that two never overwrite
// each other.
window.kept = (() => {
  const LASTS = 72 * 60 * 60 * 1000; // milliseconds
  const PATIENCE = 90000; // milliseconds for an answer; photos on a slow line take a while
  const MARK = "kept:";
  const words = document.currentScript.dataset;
  const who = document.body.dataset.who || "";

  const quietly = (work, otherwise) => {
    try { return work(); } catch (error) { return otherwise; }
  };
  const ticket = () => Math.random().toString(36).slice(2, 12);
  const tab = quietly(() => {
    if (!sessionStorage.getItem(MARK)) sessionStorage.setItem(MARK, ticket());
    return sessionStorage.getItem(MARK);
  }, ticket());

  const keyOf = (place, whose) => `${MARK}${place}:${whose || tab}`;
  const read = (key) => quietly(() => JSON.parse(localStorage.getItem(key)), null);
  let isOver = false; // somebody signs out: nothing is kept any more
  const write = (place, record) => isOver || quietly(() => {
    localStorage.setItem(keyOf(place), JSON.stringify({ ...record, place, tab, who, at: Date.now() }));
  });
  const keys = () => quietly(() => Object.keys(localStorage).filter((key) => key.startsWith(MARK)), []);
  const records = () => keys().map((key) => ({ ...read(key), key })).filter((record) => record.place);
  // Those of whoever is at the page now, the newest first.
  const mine = () => records().filter((record) => record.who === "" || record.who === who).sort((a, b) => b.at - a.at);

  // The photos. Each is a row with the key of its record; kept as bytes, because older Safaris lose blobs.
  let opened;
  const open = () => {
    opened = opened || new Promise((resolve, reject) => {
      const asked = indexedDB.open("kept", 1);
      asked.onupgradeneeded = () => asked.result.createObjectStore("photos", { keyPath: "id", autoIncrement: true });
      asked.onsuccess = () => resolve(asked.result);
      asked.onerror = asked.onblocked = () => reject(asked.error);
    });
    return opened;
  };
  const onPhotos = async (mode, work) => {
    const store = (await open()).transaction("photos", mode).objectStore("photos");
    return new Promise((resolve, reject) => {
      const asked = work(store);
      store.transaction.oncomplete = () => resolve(asked.result);
      store.transaction.onabort = store.transaction.onerror = () => reject(store.transaction.error);
    });
  };
  const allPhotos = () => onPhotos("readonly", (store) => store.getAll()).catch(() => []);
  const dropPhoto = (id) => onPhotos("readwrite", (store) => store.delete(id)).catch(() => null);
  const photosOf = async (key) => (await allPhotos()).filter((photo) => photo.key === key);
  const HAS_PHOTOS = "kept-photos"; // set while there may be some, so that other pages need not look
  const addPhoto = async (place, photo) => {
    quietly(() => localStorage.setItem(HAS_PHOTOS, "yes"));
    const row = { key: keyOf(place), name: photo.name, type: photo.type, data: photo.data };
    return { ...row, id: await onPhotos("readwrite", (store) => store.add(row)).catch(() => undefined) };
  };
  // Photos whose words are gone belong to nothing any more.
  const dropStrays = async () => {
    if (!quietly(() => localStorage.getItem(HAS_PHOTOS), null)) return;
    const [known, photos] = [keys(), await allPhotos()];
    for (const photo of photos) if (!known.includes(photo.key)) await dropPhoto(photo.id);
    if (!photos.some((photo) => known.includes(photo.key))) quietly(() => localStorage.removeItem(HAS_PHOTOS));
  };

  const drop = (which) => {
    for (const record of records()) if (which(record)) quietly(() => localStorage.removeItem(record.key));
    return dropStrays();
  };
  const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);
  // The server has what stood at ``place`` in this window, or in another one.
  const forget = (place, whose = tab) => {
    const own = read(keyOf(place, whose));
    return drop((record) => record.place === place && (record.tab === whose || (own && same(record.values, own.values))));
  };
  // Everything of a draft, or, without one, everything on this device.
  const forgetAll = (draft) => {
    isOver = isOver || !draft;
    return drop((record) => !draft || record.place.startsWith(`${draft}/`));
  };

  // What the server says to a form: {to} an address, or {page, status} to be shown. Throws where no answer came.
  const post = async (url, body) => {
    const patience = window.AbortController ? new AbortController() : null;
    const timer = setTimeout(() => patience && patience.abort(), PATIENCE);
    try {
      const headers = { Accept: "application/json" };
      const answer = await fetch(url, { method: "POST", body, headers, signal: patience ? patience.signal : undefined });
      if (answer.status >= 500) throw new Error(answer.status);
      const isJson = (answer.headers.get("Content-Type") || "").startsWith("application/json");
      if (isJson) return await answer.json();
      if (answer.redirected) return { to: answer.url, lost: true };
      return { page: await answer.text(), status: answer.status };
    } finally {
      clearTimeout(timer);
    }
  };

  // The record as the form would send it.
  const bodyOf = (record, photos) => {
    const body = new FormData();
    for (const [name, values] of Object.entries(record.values)) for (const value of values) body.append(name, value);
    for (const photo of photos) body.append("photos", new Blob([photo.data], { type: photo.type }), photo.name);
    const token = document.querySelector("[name=csrfmiddlewaretoken]");
    if (token) body.append("csrfmiddlewaretoken", token.value);
    if (record.sent && record.sent.name) body.append(record.sent.name, record.sent.value);
    return body;
  };

  const icon = (name) => {
    const picture = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
    picture.setAttribute("class", "icon");
    picture.setAttribute("aria-hidden", "true");
    use.setAttribute("href", `${words.icons}#${name}`);
    picture.append(use);
    return picture;
  };
  // A notice in the page's own look; ``deeds`` are [label, function] or [label, address].
  const notice = (kind, text, deeds = []) => {
    const box = document.createElement("div");
    const line = document.createElement("p");
    box.className = `notice notice--${kind} kept-notice`;
    box.setAttribute("role", "status");
    line.textContent = text;
    box.append(icon(kind === "info" ? "info" : kind === "success" ? "check" : "warn"), line);
    if (deeds.length) {
      const row = document.createElement("p");
      row.className = "row";
      for (const [label, deed] of deeds) {
        const way = document.createElement(typeof deed === "string" ? "a" : "button");
        way.className = "btn btn--small";
        way.textContent = label;
        if (typeof deed === "string") way.href = deed;
        else {
          way.type = "button";
          way.addEventListener("click", () => deed(box));
        }
        row.append(way);
      }
      box.append(row);
    }
    return box;
  };

  drop((record) => !(Date.now() - record.at < LASTS));
  // On a shared phone nothing stays for the next person. The receipt says that a draft has arrived.
  document.addEventListener("submit", (event) => { if (event.target.matches("[data-forgets]")) forgetAll(); }, true);
  for (const part of document.querySelectorAll("[data-filed]")) forgetAll(part.dataset.filed);

  return { words, who, tab, keyOf, read, write, records, mine, photosOf, addPhoto, dropPhoto, forget, forgetAll, post, bodyOf, notice, same };
})();
