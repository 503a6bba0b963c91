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
