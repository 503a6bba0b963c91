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
