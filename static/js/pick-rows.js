// Says how many rows are ticked, and ticks all of the page with one box. The list may be drawn anew at any time.
(() => {
  const boxesOf = (form) => [...document.querySelectorAll(`input[type=checkbox][form="${form.id}"]`)];
  const show = (form) => {
    const all = form.querySelector("[data-pick-all]");
    const line = form.querySelector("[data-pick-count]");
    if (!all || !line) return;
    const boxes = boxesOf(form);
    const ticked = boxes.filter((box) => box.checked).length;
    if (!line.dataset.first) line.dataset.first = line.textContent;
    line.textContent = ticked ? line.dataset.pickCount.replace("{n}", ticked) : line.dataset.first;
    all.parentElement.hidden = false;
    all.checked = ticked === boxes.length;
    all.indeterminate = ticked > 0 && ticked < boxes.length;
  };
  const showAll = () => { for (const form of document.querySelectorAll("form.bulk")) show(form); };
  document.addEventListener("change", ({ target }) => {
    const form = target.form;
    if (!form || !form.classList.contains("bulk")) return;
    if (target.matches("[data-pick-all]")) for (const box of boxesOf(form)) box.checked = target.checked;
    show(form);
  });
  document.addEventListener("htmx:afterSettle", showAll);
  // Coming back by the browser's own button keeps the ticks.
  window.addEventListener("pageshow", showAll);
})();
