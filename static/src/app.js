// Small improvements to pages that work without them.

// NHS Digital's own: the header's menu, the passphrase that can be shown, the focus on what is wrong in a form.
// Its address comes from the page, since files are named after their content.
const nhsuk = document.getElementById("nhsuk-frontend");
if (nhsuk) import(nhsuk.href).then(({ initAll }) => initAll());

// Closing the header's menu by Escape gives the focus back to its button. NHS Digital's own would leave it nowhere.
document.addEventListener("keydown", (event) => {
  const within = event.key === "Escape" && event.target.closest(".nhsuk-header__menu-list");
  if (within) document.querySelector(".nhsuk-header__menu-toggle")?.focus();
}, true);

const search = document.getElementById("search-field") || document.getElementById("big-search");
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && search) {
    event.preventDefault();
    search.focus();
  }
});
// With a keyboard at hand one can type at once; on a phone the keys would cover half the page.
if (window.matchMedia("(min-width: 64em) and (pointer: fine)").matches && !location.hash) {
  document.querySelector("[data-focus-on-desktop]")?.focus({ preventScroll: true });
}
// A link to one recommendation leads to it after signing in too: the server never hears that part of an address.
if (location.hash) for (const next of document.querySelectorAll("input[name=next]")) next.value += location.hash;

// A link to one recommendation can be copied, where the browser lets a page do so, and a screen reader hears that it was.
const links = navigator.clipboard ? document.querySelectorAll("[data-copy-link]") : [];
if (links.length) {
  const said = document.createElement("div");
  said.className = "nhsuk-u-visually-hidden";
  said.setAttribute("aria-live", "polite");
  document.body.append(said);
  for (const link of links) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "app-copy";
    button.textContent = "Copy link";
    button.setAttribute("aria-label", `Copy link to ${link.dataset.copyLink}`);
    button.addEventListener("click", async () => {
      let done = "Link copied";
      await navigator.clipboard.writeText(link.href).catch(() => { done = "Could not copy the link"; });
      said.textContent = "";
      setTimeout(() => { said.textContent = done; }, 50);
      button.textContent = done;
      setTimeout(() => { button.textContent = "Copy link"; }, 3000);
    });
    link.after(button);
  }
}
// A printed page says when it was printed.
window.addEventListener("beforeprint", () => {
  const today = new Date().toLocaleDateString("en-GB", { day: "numeric", month: "long", year: "numeric" });
  for (const place of document.querySelectorAll("[data-printed-on]")) place.textContent = `on ${today}`;
});
