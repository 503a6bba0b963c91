// A long list in a form gets a field that narrows it: a select by its options, [data-find] by its boxes. What is chosen stays.
(() => {
  const LONG = 15; // entries
  const words = document.currentScript.dataset; // find, found
  const plain = (text) => text.toLowerCase().replace(/\s+/g, "");

  const field = (label, narrow) => {
    const box = document.createElement("div");
    const input = document.createElement("input");
    const said = document.createElement("p");
    box.className = "find";
    input.type = "search";
    input.placeholder = words.find;
    input.autocomplete = "off";
    input.setAttribute("aria-label", `${words.find} · ${label}`);
    said.className = "field__count";
    said.setAttribute("role", "status");
    input.addEventListener("input", () => {
      const count = narrow(plain(input.value));
      said.textContent = input.value ? words.found.replace("{n}", count) : "";
    });
    // Enter looks the word up; it does not send the form.
    input.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
    box.append(input, said);
    return box;
  };

  const select = (list) => {
    const parts = [...list.children].map((part) => [part, part.tagName === "OPTGROUP" ? [...part.children] : null]);
    const narrow = (text) => {
      const chosen = list.value;
      const found = [];
      const fits = (option, group) => {
        const isFound = Boolean(option.value) && plain(group + option.textContent).includes(text);
        if (isFound) found.push(option.value);
        return isFound || option.value === chosen || !option.value;
      };
      // Taken out rather than hidden: not every browser hides options.
      list.textContent = "";
      for (const [part, options] of parts) {
        const left = options ? options.filter((option) => fits(option, part.label)) : [];
        if (options) {
          part.textContent = "";
          part.append(...left);
        }
        if (left.length || (!options && fits(part, ""))) list.append(part);
      }
      list.value = text && found.length === 1 ? found[0] : chosen;
      if (list.value !== chosen) list.dispatchEvent(new Event("change", { bubbles: true }));
      return found.length;
    };
    list.before(field(list.labels.length ? list.labels[0].textContent.trim() : "", narrow));
  };

  const boxes = (list) => {
    list.prepend(field(list.dataset.find, (text) => {
      let found = 0;
      for (const choice of list.querySelectorAll(".choice")) {
        const isFound = plain(choice.textContent).includes(text);
        found += isFound;
        choice.hidden = !isFound && !choice.querySelector(":checked");
      }
      for (const group of list.querySelectorAll("fieldset")) group.hidden = !group.querySelector(".choice:not([hidden])");
      return found;
    }));
  };

  const enhance = (root) => {
    for (const list of root.querySelectorAll(".step-form select:not([multiple]), select[data-find-option]")) if (list.options.length > LONG) select(list);
    for (const list of root.querySelectorAll("[data-find]")) if (list.querySelectorAll(".choice").length > LONG) boxes(list);
  };
  enhance(document);
  // What a desk loads beside its list.
  document.addEventListener("htmx:load", (event) => { if (event.target !== document.body) enhance(event.target); });
})();
