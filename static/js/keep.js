// A form with data-keep="draft/page" loses nothing: what is typed and chosen is kept on the device as it is typed, put
// back on return, and sent by itself once there is a network again. Without fetch the browser sends the form as ever.
(() => {
  const { kept } = window;
  if (!kept || !window.fetch || !window.FormData) return;
  const { words } = kept;
  const PAUSES = [3, 6, 12, 30]; // seconds until it is tried again by itself; the last one goes on
  const pages = new Map(); // form → what this window knows of it
  let pressed = null; // the button that sends
  let isPuttingBack = false;

  const isKept = (control) => control.name && !["csrfmiddlewaretoken", "photos"].includes(control.name)
    && !["submit", "button", "file", "password"].includes(control.type);
  const valuesOf = (form) => {
    const values = {};
    for (const control of [...form.elements].filter(isKept)) {
      const list = values[control.name] = values[control.name] || [];
      if (!["radio", "checkbox"].includes(control.type) || control.checked) list.push(control.value);
    }
    return values;
  };
  // Hidden fields are the server's own, but for the key by which it knows a resend.
  const putBack = (form, values) => {
    isPuttingBack = true;
    for (const control of [...form.elements].filter(isKept)) {
      if (!(control.name in values) || (control.type === "hidden" && control.name !== "key")) continue;
      const wanted = values[control.name];
      if (["radio", "checkbox"].includes(control.type)) {
        control.checked = wanted.includes(control.value);
        const fold = control.checked && control.closest("details");
        if (fold) fold.open = true;
      } else control.value = wanted[0] || "";
      control.dispatchEvent(new Event("input", { bubbles: true }));
    }
    isPuttingBack = false;
  };
  const textOf = (values) => Object.keys(values).map((name) => values[name].join(" ")).sort((a, b) => b.length - a.length)[0] || "";

  const show = (page, box, slot) => {
    const old = page.form.querySelector(`[data-slot=${slot}]`);
    if (old) old.remove();
    if (!box) return;
    box.dataset.slot = slot;
    page.form.prepend(box);
  };

  const save = (page) => {
    const values = page.stored || valuesOf(page.form);
    if (kept.same(values, page.answered) && !page.photos.length && !page.taking.length && !page.sent && !page.isRestoring) kept.forget(page.place);
    else kept.write(page.place, { values, url: page.url, sent: page.sent });
  };

  // Photos

  const bytesOf = (file) => new Response(file).arrayBuffer();
  const thumb = (page, photo, number) => {
    const item = document.createElement("li");
    const frame = document.createElement("span");
    const image = document.createElement("img");
    const away = document.createElement("button");
    frame.className = "photo";
    image.alt = words.photo.replace("{n}", number);
    image.src = URL.createObjectURL(new Blob([photo.data], { type: photo.type }));
    image.onload = () => URL.revokeObjectURL(image.src);
    image.onerror = () => { frame.textContent = photo.name; };
    away.className = "btn btn--small";
    away.type = "button";
    away.textContent = words.remove;
    away.setAttribute("aria-label", `${words.remove} ${image.alt}`);
    away.addEventListener("click", async () => {
      page.photos = page.photos.filter((one) => one !== photo);
      draw(page);
      await kept.dropPhoto(photo.id);
      save(page);
    });
    frame.append(image);
    item.append(frame, away);
    return item;
  };
  const draw = (page) => {
    if (!page.list) return;
    page.list.textContent = "";
    page.photos.forEach((photo, place) => page.list.append(thumb(page, photo, place + 1)));
  };
  const take = async (page, file) => {
    const small = window.smaller ? await window.smaller(file) : file;
    const photo = { name: small.name || file.name, type: small.type || file.type, data: await bytesOf(small) };
    // The words first: photos without any are swept away.
    kept.write(page.place, { values: page.stored || valuesOf(page.form), url: page.url, sent: page.sent });
    page.photos.push(await kept.addPhoto(page.place, photo));
    save(page);
    draw(page);
  };

  // Sending

  const arrived = async (page, answer) => {
    // Before it is forgotten: a second tap must not keep it again.
    page.left = true;
    if (answer.lost) { /* Another page wants something first; what was typed waits here. */ }
    else if (/\/receipt\//.test(answer.to)) await kept.forgetAll(page.place.split("/")[0]);
    else await kept.forget(page.place);
    // The same page again is not loaded anew where only the part behind # differs.
    if (new URL(answer.to, location.href).href === location.href) location.reload();
    else location.assign(answer.to);
  };
  const replace = async (page, answer) => {
    const fresh = new DOMParser().parseFromString(answer.page, "text/html");
    const main = fresh.getElementById("main");
    if (!main) return wait(page);
    // Answered with the form, and what is wrong with it: the server keeps the good photos.
    const isForm = answer.status === 200;
    if (isForm) await kept.forget(page.place);
    else save(page);
    pages.clear();
    document.title = fresh.title;
    document.getElementById("main").replaceWith(document.adoptNode(main));
    main.dispatchEvent(new CustomEvent("htmx:load", { bubbles: true }));
    enhance(main);
    // Its words stay here too, until they are right and have arrived.
    for (const next of pages.values()) if (isForm && next.place === page.place) kept.write(next.place, { values: next.answered, url: next.url });
    window.scrollTo(0, 0);
    (main.querySelector("[autofocus]") || main).focus();
  };
  const wait = (page) => {
    page.tries += 1;
    save(page);
    show(page, kept.notice("warning", words.waiting, [[words.again, () => send(page)]]), "waiting");
    page.form.querySelector("[data-slot=waiting]").scrollIntoView({ block: "center" });
    clearTimeout(page.later);
    page.later = setTimeout(() => send(page), PAUSES[Math.min(page.tries, PAUSES.length) - 1] * 1000);
  };
  const send = async (page) => {
    if (page.isBusy || page.left || !page.form.isConnected) return;
    page.isBusy = true;
    clearTimeout(page.later);
    page.form.setAttribute("aria-busy", "true");
    try {
      await Promise.all(page.taking);
      save(page);
      const record = { values: page.stored || valuesOf(page.form), sent: page.sent };
      const answer = await kept.post(page.url, kept.bodyOf(record, page.photos));
      page.sent = null;
      if (answer.to) await arrived(page, answer);
      else await replace(page, answer);
    } catch (error) {
      wait(page);
    }
    page.isBusy = false;
    // Until the next page is there, this one is not to be worked on.
    if (!page.left) page.form.removeAttribute("aria-busy");
  };

  // One page

  const restore = async (page) => {
    const found = kept.mine().filter((record) => record.place === page.place && record.values);
    const record = found.find((one) => one.tab === kept.tab) || found[0];
    if (!record) return;
    const isNew = !kept.same(record.values, page.answered);
    // At once, so that whoever types while the photos are read goes on with it; they must not be taken for strays.
    if (isNew) putBack(page.form, record.values);
    const shown = valuesOf(page.form);
    page.isRestoring = true;
    const photos = await kept.photosOf(record.key);
    for (const photo of photos) page.photos.push(record.tab === kept.tab ? photo : await kept.addPhoto(page.place, photo));
    page.isRestoring = false;
    if (!isNew && !photos.length && !record.sent) return;
    page.sent = record.sent || null;
    // What is on its way goes as it was, even where the page no longer offers it, until somebody changes it.
    page.stored = page.sent && kept.same(valuesOf(page.form), shown) ? record.values : null;
    save(page);
    draw(page);
    show(page, kept.notice("info", words.restored, [[words.drop, () => discard(page)]]), "restored");
    // It was on its way when the page was closed.
    if (page.sent) send(page);
  };
  const adopt = (page, values) => {
    if (page.left) return;
    putBack(page.form, values);
    page.stored = null;
    save(page);
  };
  const discard = async (page) => {
    page.left = true;
    await kept.forget(page.place);
    location.reload();
  };
  const enhance = (root) => {
    for (const form of root.querySelectorAll("form[data-keep]")) {
      const box = form.querySelector("[data-preview]");
      const page = {
        form, place: form.dataset.keep, url: form.action, answered: valuesOf(form), photos: [], taking: [], sent: null, stored: null, tries: 0,
      };
      if (box) {
        page.list = document.createElement("ul");
        page.list.className = "thumbs";
        box.append(page.list);
        box.classList.add("upload--kept");
      }
      pages.set(form, page);
      restore(page);
    }
  };

  const changed = ({ target }) => {
    const page = target.form && pages.get(target.form);
    if (!page || page.left || isPuttingBack || !isKept(target)) return;
    page.stored = null;
    save(page);
  };
  document.addEventListener("input", changed);
  document.addEventListener("change", changed);
  // Before anybody else hears of it: these photos are kept and shown here.
  document.addEventListener("change", (event) => {
    const input = event.target;
    const page = input.type === "file" && input.form && pages.get(input.form);
    if (!page) return;
    event.stopImmediatePropagation();
    const files = [...input.files];
    input.value = "";
    page.taking.push(...files.map((file) => take(page, file).catch(() => null)));
  }, true);
  document.addEventListener("click", ({ target }) => {
    const button = target.closest("button");
    if (button && button.form && button.type === "submit") pressed = button;
  }, true);
  document.addEventListener("submit", (event) => {
    const page = pages.get(event.target);
    if (!page) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (page.left) return;
    const button = pressed && pressed.form === page.form ? pressed : null;
    page.sent = { name: button ? button.name : "", value: button ? button.value : "" };
    save(page);
    send(page);
  }, true);
  window.addEventListener("online", () => { for (const page of pages.values()) if (page.sent) send(page); });
  // Coming back by the browser's own button shows the page as it was left.
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    for (const page of pages.values()) {
      page.left = false;
      page.form.removeAttribute("aria-busy");
    }
  });
  // Another window of this browser has the same page open.
  const tell = (page, key) => {
    const other = kept.read(key);
    if (!other || !page.form.isConnected || kept.same(other.values, valuesOf(page.form))) return;
    const quoted = words.other.replace("{words}", textOf(other.values).slice(0, 60));
    show(page, kept.notice("info", quoted, [[words.take, (box) => { adopt(page, other.values); box.remove(); }]]), "other");
  };
  window.addEventListener("storage", ({ key, newValue }) => {
    const other = key && newValue && kept.read(key);
    for (const page of pages.values()) {
      if (!other || other.place !== page.place || other.tab === kept.tab) continue;
      // Once somebody pauses there: it is read out.
      clearTimeout(page.told);
      page.told = setTimeout(() => tell(page, key), 500);
    }
  });
  enhance(document);
})();
