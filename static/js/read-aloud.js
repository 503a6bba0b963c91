// Reads the parts of a page marked with data-read, one after the other. The button comes only where the browser has a voice
// for the page's language; pressed again, it stops. Nothing is read before it is pressed.
(() => {
  const button = document.querySelector("[data-read-aloud]");
  const speech = window.speechSynthesis;
  if (!button || !speech || !window.SpeechSynthesisUtterance) return;
  const label = button.querySelector("span");
  const start = label.textContent;
  const spoken = document.documentElement.lang.slice(0, 2);
  // The page says zh-hans, which is a way of writing; voices are named after where they are spoken.
  const language = spoken === "zh" ? "zh-CN" : document.documentElement.lang;
  const LONGEST = 120; // characters; some browsers fall silent in the middle of a long piece
  let reading = false;

  const code = (voice) => voice.lang.replace("_", "-").toLowerCase();
  const voice = () => {
    const fit = speech.getVoices().filter((one) => code(one).startsWith(spoken));
    return fit.find((one) => code(one) === language.toLowerCase()) || fit[0];
  };
  const pieces = (text) => {
    const found = [];
    for (const sentence of text.match(/[^。！？；.!?\n]+[。！？；.!?]*/g) || []) {
      for (let at = 0; at < sentence.length; at += LONGEST) found.push(sentence.slice(at, at + LONGEST).trim());
    }
    return found.filter(Boolean);
  };
  const show = () => { label.textContent = reading ? button.dataset.stop : start; };
  const stop = () => {
    reading = false;
    speech.cancel();
    show();
  };
  const read = () => {
    const texts = [...document.querySelectorAll("[data-read]")].map((part) => part.innerText);
    const said = texts.flatMap(pieces).map((text) => {
      const one = new SpeechSynthesisUtterance(text);
      one.lang = language;
      one.voice = voice();
      one.rate = 0.9;
      return one;
    });
    if (!said.length) return;
    speech.cancel();
    reading = true;
    said[said.length - 1].onend = () => { if (reading) stop(); };
    for (const one of said) speech.speak(one);
    show();
  };

  button.addEventListener("click", () => (reading ? stop() : read()));
  window.addEventListener("pagehide", () => speech.cancel());
  // Some browsers know their voices only after a while.
  const offer = () => { if (voice()) button.hidden = false; };
  offer();
  if (speech.addEventListener) speech.addEventListener("voiceschanged", offer);
  else speech.onvoiceschanged = offer;
})();
