// Small improvements to pages that work without them.
const search = document.getElementById("search-field") || document.getElementById("big-search");
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && search) {
    event.preventDefault();
    search.focus();
  }
});
// Beside a list there is room to show what it can be narrowed by; above it, on a phone, it stays folded.
for (const narrow of document.querySelectorAll(".app-narrow")) {
  if (window.matchMedia("(min-width: 48.0625em)").matches) narrow.setAttribute("open", "");
}
for (const contents of document.querySelectorAll(".app-contents")) {
  if (window.matchMedia("(max-width: 63.99em)").matches) contents.removeAttribute("open");
}
