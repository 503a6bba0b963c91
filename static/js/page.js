// What any page may need, in one file: phones open six connections, and wait for the next file until one is free.

// A help for when there is no network; nothing needs it.
if ("serviceWorker" in navigator) {
  const { worker } = document.currentScript.dataset;
  window.addEventListener("load", () => navigator.serviceWorker.register(worker).catch(() => null));
}

// A second tap on a slow line must not send a form twice. Forms with data-submit-many are left alone.
for (const form of document.querySelectorAll('form[method="post"]:not([data-submit-many])')) {
  let sentAt = 0;
  form.addEventListener("submit", (event) => {
    if (Date.now() - sentAt < 10000) event.preventDefault();
    else if (!event.defaultPrevented) sentAt = Date.now();
  });
  // Coming back by the browser's own button shows the page as it was left.
  window.addEventListener("pageshow", () => { sentAt = 0; });
}

// Says how many characters are left once a text is half full.
(() => {
  const count = (root) => {
    for (const line of root.querySelectorAll("[data-count]")) {
      const field = document.getElementById(line.dataset.count);
      if (!field) continue;
      const first = line.textContent;
      const max = Number(line.dataset.max);
      const show = () => {
        const left = max - Array.from(field.value).length;
        line.textContent = left < max / 2 ? line.dataset.words.replace("{n}", left) : first;
      };
      field.addEventListener("input", show);
      show();
    }
  };
  count(document);
  // What a desk loads beside its list.
  document.addEventListener("htmx:load", (event) => { if (event.target !== document.body) count(event.target); });
})();

// Shows the chosen photos below the file field; a photo the browser cannot read (HEIC) shows its name.
(() => {
  const preview = (root) => {
    for (const box of root.querySelectorAll("[data-preview]")) {
      const inputs = [...box.querySelectorAll("input[type=file]")];
      const list = document.createElement("ul");
      list.className = "thumbs";
      box.append(list);
      box.addEventListener("change", () => {
        list.textContent = "";
        for (const input of inputs) list.append(...[...input.files].map(thumb));
      });
    }
  };
  const thumb = (file) => {
    const item = document.createElement("li");
    const frame = document.createElement("span");
    const image = document.createElement("img");
    const name = document.createElement("p");
    frame.className = "photo";
    image.alt = "";
    image.src = URL.createObjectURL(file);
    image.onload = () => URL.revokeObjectURL(image.src);
    image.onerror = () => frame.remove();
    name.className = "thumbs__name";
    name.textContent = file.name;
    frame.append(image);
    item.append(frame, name);
    return item;
  };
  preview(document);
  // What a desk loads beside its list.
  document.addEventListener("htmx:load", (event) => { if (event.target !== document.body) preview(event.target); });
})();
