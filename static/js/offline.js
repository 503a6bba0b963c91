// The page for when there is no network: what is kept on this device, and back to the page that was wanted once it is there.
(() => {
  const { kept } = window;
  const list = document.querySelector("[data-kept-list]");
  const { here } = document.currentScript.dataset;
  const EVERY = 5000; // milliseconds
  const again = () => location.reload();
  // A device may say that it is online before it is.
  const look = () => document.hidden || fetch(location.href, { method: "HEAD" }).then(again).catch(() => null);
  const button = document.querySelector("[data-again]");
  if (button) {
    button.hidden = false;
    button.addEventListener("click", again);
  }
  // Opened by its own address it is only looked at.
  if (location.pathname !== here) {
    window.addEventListener("online", look);
    setInterval(look, EVERY);
  }
  if (!kept || !list) return;
  for (const { at, values, who } of kept.records()) {
    // Who is signed in is not known here, so what somebody signed in has typed is not shown.
    const text = who ? "" : Object.values(values || {}).map((all) => all.join(" ")).sort((a, b) => b.length - a.length)[0] || "";
    const line = document.createElement("li");
    const time = new Date(at).toLocaleString(document.documentElement.lang, { month: "long", day: "numeric", hour: "2-digit", minute: "2-digit" });
    line.textContent = `${list.dataset.line.replace("{time}", time)} ${text.length > 4 ? text.slice(0, 60) : ""}`;
    list.append(line);
  }
  list.closest("section").hidden = !list.children.length;
})();
