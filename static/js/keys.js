// Single keys for a desk, never needed: j and k move, Enter opens, x selects, / searches, ? says so. Each person may turn
// them off, because speech input and stray fingers press them too.
(() => {
  const box = document.querySelector("[data-keys]");
  const list = document.getElementById("desk-list");
  if (!box || !list) return;
  const opener = document.querySelector("[data-keys-open]");
  const choice = box.querySelector("[data-keys-on]");
  const isOn = () => !document.cookie.split("; ").includes("keys=off");

  const show = () => {
    choice.checked = isOn();
    if (box.showModal) box.showModal();
    else box.setAttribute("open", "");
  };
  const focused = (place) => {
    const row = place.closest("tr");
    return (row && list.contains(row) && row.querySelector("[data-case]")) || list.querySelector("[data-case][aria-current]");
  };
  const move = (by) => {
    const links = [...list.querySelectorAll("[data-case]")];
    const at = links.indexOf(focused(document.activeElement));
    const next = links[at < 0 ? 0 : at + by];
    if (next) next.focus();
    return Boolean(next);
  };
  const select = () => {
    const link = focused(document.activeElement);
    const mark = link && link.closest("tr").querySelector("[type=checkbox]");
    if (mark) mark.click();
    return Boolean(mark);
  };
  const search = () => {
    const field = document.querySelector("[data-narrows] [type=search]");
    field.focus();
    field.select();
    return true;
  };
  const help = () => { show(); return true; };
  // A keyboard set to Chinese gives its own marks for the last two.
  const KEYS = { j: () => move(1), k: () => move(-1), x: select, "/": search, "、": search, "?": help, "？": help };

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (box.hasAttribute("open")) return;
    const isField = event.target.closest("input, textarea, select, [contenteditable]") && !list.contains(event.target);
    if (event.key === "Escape" && document.getElementById("pane").contains(event.target) && !isField) {
      const link = focused(document.body);
      if (link) link.focus();
    } else if (!isField && isOn() && KEYS[event.key] && KEYS[event.key]()) event.preventDefault();
  });

  opener.hidden = false;
  opener.addEventListener("click", show);
  choice.addEventListener("change", () => {
    const lasts = choice.checked ? 0 : 365 * 24 * 60 * 60; // seconds
    document.cookie = `keys=off; path=/desk/; max-age=${lasts}; samesite=lax`;
  });
  box.querySelector("[data-keys-close]").addEventListener("click", () => {
    if (box.close) box.close();
    else box.removeAttribute("open");
  });
})();
