// Asks again every few seconds how far something is, until it is done. Its link does the same by hand.
for (const part of document.querySelectorAll("[data-refresh]")) {
  const timer = setInterval(async () => {
    if (document.hidden) return;
    const answer = await fetch(location.href).then((page) => page.text()).catch(() => "");
    if (!answer) return;
    const fresh = new DOMParser().parseFromString(answer, "text/html").getElementById(part.id);
    if (fresh && fresh.innerHTML !== part.innerHTML) part.innerHTML = fresh.innerHTML;
    if (!fresh || !fresh.hasAttribute("data-refresh")) clearInterval(timer);
  }, Number(part.dataset.refresh) * 1000);
}
