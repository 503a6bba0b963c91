// A help for when there is no network; nothing needs it.
if ("serviceWorker" in navigator) {
  const { worker } = document.currentScript.dataset;
  window.addEventListener("load", () => navigator.serviceWorker.register(worker).catch(() => null));
}
