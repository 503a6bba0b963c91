// Names what the scripts of Django's admin put on the page without a name: boxes to choose from, and their hints.
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
  // jQuery keeps the order in which it was asked, and the boxes asked before.
  if (window.django && django.jQuery) django.jQuery(nameBoxes);
  document.addEventListener("formset:added", () => setTimeout(nameBoxes));
  document.addEventListener("focusin", nameBoxes);
})();
