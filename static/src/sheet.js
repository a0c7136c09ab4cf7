// The sheet on which a draft is written: rows can be added, Markdown has buttons and a preview. Without this, the page has
// one empty row of each kind, and the text area is all there is.

const nextNumber = (section) => section.querySelector("input[name$='-TOTAL_FORMS']");

for (const section of document.querySelectorAll("[data-rows]")) {
  const template = section.querySelector("template[data-row]");
  const total = nextNumber(section);
  if (!template || !total) continue;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "nhsuk-button nhsuk-button--secondary nhsuk-button--small";
  button.textContent = section.dataset.add || "Add another";
  button.addEventListener("click", () => {
    const number = Number(total.value);
    const holder = document.createElement("div");
    holder.innerHTML = template.innerHTML.replaceAll("__prefix__", String(number));
    const row = holder.firstElementChild;
    for (const place of row.querySelectorAll("[data-row-number]")) place.textContent = String(number + 1);
    section.insertBefore(row, button);
    total.value = String(number + 1);
    row.querySelector("textarea, input:not([type=hidden]), select")?.focus();
  });
  section.append(button);
}

// What only two of the loops need is shown when one of them is chosen.
for (const part of document.querySelectorAll("[data-shown-for]")) {
  const wanted = part.dataset.shownFor.split(" ");
  const choices = part.closest("form").querySelectorAll("input[name=loop]");
  const look = () => {
    const chosen = [...choices].find((choice) => choice.checked);
    part.hidden = !(chosen && wanted.includes(chosen.value));
  };
  for (const choice of choices) choice.addEventListener("change", look);
  look();
}

const markdowns = document.querySelectorAll("[data-markdown]");
if (markdowns.length) {
  const toolbar = document.getElementById("markdown-toolbar");
  if (toolbar) import(toolbar.href).then(() => {
    for (const bar of document.querySelectorAll("markdown-toolbar")) bar.hidden = false;
  });
}
for (const part of markdowns) {
  const text = part.querySelector("textarea");
  const preview = part.querySelector(".app-markdown__preview");
  const token = part.closest("form").querySelector("input[name=csrfmiddlewaretoken]").value;
  let timer;
  let asked = 0;
  const show = async () => {
    const mine = ++asked;
    const body = new URLSearchParams({ text: text.value });
    const answer = await fetch(part.dataset.markdown, { method: "POST", body, headers: { "X-CSRFToken": token } }).catch(() => null);
    if (!answer || !answer.ok || mine !== asked) return;
    preview.querySelector(".app-body").innerHTML = await answer.text(); // made safe by the server
    preview.hidden = false;
  };
  text.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(show, 400); });
  if (text.value.trim()) show();
}
