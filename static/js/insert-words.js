// Puts ready-made words where the cursor stands in the note; what was typed stays. Its link alone would load the page anew.
document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-insert]");
  const form = link && link.closest("form");
  const note = form && form.querySelector("textarea[name=note]");
  if (!note || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const before = note.value.slice(0, note.selectionStart);
  const words = (before && !/\s$/.test(before) ? "\n" : "") + link.dataset.insert;
  note.focus();
  note.setRangeText(words, note.selectionStart, note.selectionEnd, "end");
  note.dispatchEvent(new Event("input", { bubbles: true }));
}, true);
