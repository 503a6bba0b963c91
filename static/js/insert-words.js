// Puts ready-made words where the cursor stands in the note, at once; without scripts the button sends the form for it.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-insert]");
  const note = button && button.form.querySelector("textarea[name=note]");
  if (!note) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const before = note.value.slice(0, note.selectionStart);
  const words = (before && !/\s$/.test(before) ? "\n" : "") + button.dataset.insert;
  note.focus();
  note.setRangeText(words, note.selectionStart, note.selectionEnd, "end");
  note.dispatchEvent(new Event("input", { bubbles: true }));
}, true);
