// Saves a form as people type. The form works without this, by its button.
//
// A page says <form method="post" data-autosave> and loads this file: <script type="module" src="{{ static('autosave.js') }}">.
// 1.5 seconds after the last key, or as the page is left for another window, the form is posted in the background to
// its action, all fields as its button would send them (but no button's own name), with the header X-Autosave: 1.
// The server answers in JSON:
//   200 {"saved": "10:42", "fields": {"seen": "3"}, "url": "/changes/ZNB-2026-0042/write/"}
//       saved: shown as "Saved at 10:42". fields (if any, with whatever status): new values for fields of these names, such
//       as counts of saves.
//       url (if any): the form goes on saving there, and reloading the page leads there.
//   409 {"message": "…"}  somebody was quicker: told, and nothing more is saved in the background, since it would only be
//                         refused again; the button still sends the form, and the page then shows both.
//   422 {"message": "…"}  something has to be put right first: told, and tried again after the next key.
// Whatever changes a field by script (a toolbar) has to dispatch an "input" event on it. A field with
// data-autosave-skip (or within such an element) waits for the button. Where a line with data-autosave-status is in the form, it tells how things stand;
// otherwise one is put at the end. After each save the form gets an event "autosaved", with the answer as its detail.
// Whoever leaves while something is unsaved is asked first. Pressing a button waits for a save under way, so that nobody
// conflicts with themselves, and stays on the page where what is unsaved would be lost: signed out, or no connection.

const PAUSE = 1500;
const TRY_AGAIN = 10000;
const SIGNED_OUT = "Not saved: you have been signed out. Leave this page open, sign in again in another window, then come back.";

// After signing in again in another window the old token no longer holds; the cookie has the new one.
const freshen = (form) => {
  const token = document.cookie.match(/(?:^|; )csrftoken=([^;]+)/);
  const field = form.elements.csrfmiddlewaretoken;
  if (token && field) field.value = token[1];
};

const statusOf = (form) => {
  let line = form.querySelector("[data-autosave-status]");
  if (!line) {
    line = document.createElement("p");
    line.className = "app-autosave";
    form.append(line);
  }
  line.setAttribute("role", "status"); // which is polite
  return line;
};

const answerTo = async (form) => {
  const address = form.getAttribute("action") || location.href; // a field may be called action
  const response = await fetch(address, { method: "POST", body: new FormData(form), headers: { "X-Autosave": "1" }, keepalive: document.hidden });
  if (response.redirected) return { status: 401, message: SIGNED_OUT };
  const said = await response.json().catch(() => ({}));
  return { message: "Not saved: something went wrong. What you typed is still here.", ...said, status: response.status };
};

// A button would carry what is typed to the sign-in page, where it is lost, or to nowhere.
const whatKeepsFromSending = async () => {
  const page = await fetch(location.href, { method: "HEAD" }).catch(() => null);
  if (!page) return "Not saved: there is no connection. What you typed is still here: press the button again later.";
  return page.redirected ? SIGNED_OUT : "";
};

const watch = (form) => {
  const line = statusOf(form);
  let typed = 0; // goes up with each change
  let kept = 0; // how far what was typed is saved
  let waits = false; // something is typed that only the button sends
  let timer, underWay, stopped = false, leaving = false;
  let asking = false, lookedInto = false; // whether the button's sending would arrive

  const tell = (words, amiss) => {
    if (line.textContent !== words) line.textContent = words;
    line.classList.toggle("app-autosave--amiss", amiss);
  };
  const later = (pause) => {
    clearTimeout(timer);
    timer = setTimeout(save, pause);
  };
  const save = async () => {
    clearTimeout(timer);
    if (underWay || stopped || leaving || kept === typed) return;
    const upTo = typed;
    freshen(form);
    underWay = answerTo(form).catch(() => ({ status: 0, message: "Not saved yet: there is no connection. Trying again." }));
    const answer = await underWay;
    underWay = undefined;
    for (const [name, value] of Object.entries(answer.fields || {})) if (form.elements[name]) form.elements[name].value = value;
    if (answer.status !== 200 || !answer.saved) {
      tell(answer.message, true);
      stopped = answer.status === 409;
      if (answer.status === 0 || answer.status >= 500) later(TRY_AGAIN);
      else if (typed !== upTo) later(PAUSE);
      return;
    }
    kept = upTo;
    if (answer.url && answer.url !== form.getAttribute("action")) {
      form.setAttribute("action", answer.url);
      history.replaceState(history.state, "", answer.url); // a phone that drops the page opens it there again
    }
    tell(`Saved at ${answer.saved}`, false);
    form.dispatchEvent(new CustomEvent("autosaved", { detail: answer, bubbles: true }));
    if (typed !== kept) later(PAUSE);
  };

  const changed = (event) => {
    if (event.target.closest("[data-autosave-skip]")) {
      waits = true;
      return;
    }
    typed += 1;
    if (!stopped) tell("Not saved yet", false);
    later(PAUSE);
  };
  form.addEventListener("input", changed);
  document.addEventListener("visibilitychange", save); // on leaving for another window, and on coming back from signing in there
  form.addEventListener("submit", async (event) => {
    clearTimeout(timer);
    if (!lookedInto && (underWay || waits || typed !== kept)) {
      event.preventDefault();
      if (asking) return; // pressed twice
      const button = event.submitter;
      asking = true;
      await underWay;
      const amiss = await whatKeepsFromSending();
      asking = false;
      if (amiss) return tell(amiss, true);
      lookedInto = true;
      setTimeout(() => form.requestSubmit(button)); // once the answer of a save is taken in
      return;
    }
    freshen(form);
    leaving = true;
  });
  // Another form's button, such as one that adds a row, leaves the page as well: that is asked about like any leaving.
  window.addEventListener("beforeunload", (event) => {
    if (!leaving && (waits || typed !== kept)) event.preventDefault();
  });
  // Back from the browser's own memory of the page
  window.addEventListener("pageshow", (event) => { if (event.persisted) leaving = lookedInto = false; });
};

for (const form of document.querySelectorAll("form[data-autosave]")) watch(form);
