// The page for when there is no network: what is kept on this device, and back to the page that was wanted once it is there.
(() => {
  const { kept } = window;
  const list = document.querySelector("[data-kept-list]");
  const { here } = document.currentScript.dataset;
  const again = () => location.reload();
  const button = document.querySelector("[data-again]");
  if (button) {
    button.hidden = false;
    button.addEventListener("click", again);
  }
  // Opened by its own address it is only looked at.
  if (location.pathname !== here) window.addEventListener("online", again);
  if (!kept || !list) return;
  for (const { at, values, who } of kept.records()) {
    // Who is signed in is not known here, so what somebody signed in has typed is not shown.
    const text = who ? "" : Object.values(values || {}).map((all) => all.join(" ")).sort((a, b) => b.length - a.length)[0] || "";
    const line = document.createElement("li");
    line.textContent = `${new Date(at).toLocaleString(document.documentElement.lang)} ${text.length > 4 ? text.slice(0, 60) : ""}`;
    list.append(line);
  }
  list.closest("section").hidden = !list.children.length;
})();
