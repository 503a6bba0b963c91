// Filters apply as soon as one changes; their button stays for everybody else.
for (const form of document.querySelectorAll("form[data-auto-submit]")) {
  form.addEventListener("change", (event) => {
    if (event.target.matches("select, [type=checkbox], [type=radio], [type=date]")) {
      if (form.requestSubmit) form.requestSubmit();
      else form.submit();
    }
  });
}
