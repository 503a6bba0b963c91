// Photos are made smaller before they go on their way: 2000 pixels on the longer side, upright. What cannot be read here
// (HEIC, a damaged file, no memory) goes as it is; the server looks at each of them anyway.
window.smaller = (() => {
  const OPTIONS = { maxWidth: 2000, maxHeight: 2000, quality: 0.8, convertSize: 1000000, strict: true };
  const PATIENCE = 20000; // milliseconds; then the photo goes as it is
  const source = document.currentScript.dataset.compressor;
  let loading;
  // Only who adds a photo needs it.
  const load = () => {
    loading = loading || new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = source;
      script.onload = resolve;
      script.onerror = () => { loading = null; reject(new Error("no answer")); };
      document.head.append(script);
    });
    return loading;
  };
  const compress = (file) => new Promise((resolve, reject) => {
    setTimeout(reject, PATIENCE);
    new window.Compressor(file, { ...OPTIONS, success: resolve, error: reject });
  });
  const smaller = (file) => load().then(() => compress(file)).catch(() => file);

  // A form that is sent by the browser itself takes the smaller files, where the browser lets a script choose them.
  document.addEventListener("change", async ({ target }) => {
    if (!target.matches("[data-preview] input[type=file]") || !target.files.length) return;
    const chosen = [...target.files];
    try {
      const files = new DataTransfer();
      for (const file of await Promise.all(chosen.map(smaller))) files.items.add(file);
      const isStill = chosen.every((file, place) => target.files[place] === file);
      if (isStill && target.files.length === chosen.length) target.files = files.files;
    } catch (error) {
      // An older browser: the photos go as they are.
    }
  });
  return smaller;
})();
