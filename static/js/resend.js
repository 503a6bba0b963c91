// What was sent from this device and never answered is sent again on the next visit, from whatever page that is.
(() => {
  const { kept } = window;
  if (!kept || !window.fetch || !window.FormData) return;
  const { words } = kept;
  const PAUSE = 15000; // milliseconds
  const main = document.getElementById("main");

  const over = (record) => {
    let box = null;
    let isBusy = false;
    const say = (...what) => {
      const fresh = kept.notice(...what);
      if (box) box.replaceWith(fresh);
      else main.prepend(fresh);
      box = fresh;
    };
    const open = [words.open, record.url];
    const send = async () => {
      if (isBusy || !kept.read(record.key)) return;
      isBusy = true;
      say("info", words.sending);
      try {
        const answer = await kept.post(record.url, kept.bodyOf(record, await kept.photosOf(record.key)));
        if (answer.to && !answer.lost) {
          await (/\/receipt\//.test(answer.to) ? kept.forgetAll(record.place.split("/")[0]) : kept.forget(record.place, record.tab));
          say("success", words.arrived, [[words.open, answer.to]]);
        } else say("warning", words.refused, [open]);
      } catch (error) {
        say("warning", words.waiting, [[words.again, send]]);
        setTimeout(send, PAUSE);
      }
      isBusy = false;
    };
    window.addEventListener("online", send);
    send();
  };

  const here = [...document.querySelectorAll("form[data-keep]")].map((form) => form.dataset.keep);
  for (const record of kept.mine()) if (record.sent && !here.includes(record.place)) over(record);
})();
