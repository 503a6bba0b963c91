// What Django's admin leaves without a name or out of reach: boxes to choose from, their hints, wide tables.
(() => {
  const nameBoxes = () => {
    for (const select of document.querySelectorAll("select.select2-hidden-accessible")) {
      const label = select.getAttribute("aria-label") || (select.labels.length ? select.labels[0].textContent.trim() : "");
      const box = select.nextElementSibling;
      if (!label || !box) continue;
      for (const part of box.querySelectorAll("[role=combobox], [role=textbox]")) {
        const chosen = part.textContent.trim();
        part.removeAttribute("aria-labelledby");
        part.setAttribute("aria-label", chosen ? `${label}: ${chosen}` : label);
      }
    }
    for (const hint of document.querySelectorAll(".search-label-icon")) hint.setAttribute("role", "img");
  };
  // A table wider than the window scrolls; whoever has no pointer needs to be able to stand on it.
  for (const group of document.querySelectorAll(".inline-group")) {
    const title = group.querySelector("h2");
    group.tabIndex = 0;
    group.setAttribute("role", "group");
    if (title && title.id) group.setAttribute("aria-labelledby", title.id);
  }
  // jQuery keeps the order in which it was asked, and the boxes asked before.
  if (window.django && django.jQuery) django.jQuery(nameBoxes);
  document.addEventListener("formset:added", () => setTimeout(nameBoxes));
  document.addEventListener("focusin", nameBoxes);
})();
