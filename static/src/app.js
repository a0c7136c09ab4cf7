// Small improvements to pages that work without them.
const search = document.getElementById("search-field") || document.getElementById("big-search");
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && search) {
    event.preventDefault();
    search.focus();
  }
});
for (const contents of document.querySelectorAll(".app-contents")) {
  if (window.matchMedia("(max-width: 63.99em)").matches) contents.removeAttribute("open");
}
