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
