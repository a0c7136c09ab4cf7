// Gives the choices that one types into the names that screen readers announce: Django's admin leaves them without.
"use strict";
{
  const name = (select) => {
    const label = select.id && document.querySelector(`label[for="${select.id}"]`);
    const words = label ? label.textContent.replace(/:\s*$/, "").trim() : "";
    const shown = select.nextElementSibling;
    if (!words || !shown) return;
    const chosen = shown.querySelector(".select2-selection__rendered");
    const box = shown.querySelector(".select2-selection");
    const typing = shown.querySelector(".select2-search__field");
    if (box && box.getAttribute("role") === "combobox") {
      box.removeAttribute("aria-labelledby");
      box.setAttribute("aria-label", [words, [...select.selectedOptions].map((option) => option.textContent.trim()).join(", ")].filter(Boolean).join(": "));
    }
    if (chosen && chosen.getAttribute("role") === "textbox") chosen.setAttribute("aria-label", words);
    if (typing) typing.setAttribute("aria-label", words);
  };
  const nameAll = () => document.querySelectorAll("select.admin-autocomplete").forEach(name);
  const watch = ($) => {
    nameAll();
    $(document).on("select2:select select2:unselect select2:close", () => setTimeout(nameAll));
    $(document).on("select2:open", () => {
      for (const field of document.querySelectorAll(".select2-dropdown .select2-search__field")) field.setAttribute("aria-label", "Type to search");
    });
    document.addEventListener("formset:added", () => setTimeout(nameAll));
  };
  // jQuery calls back in order, so after the admin's own script has made the choices.
  if (window.django && django.jQuery) django.jQuery(() => watch(django.jQuery));
}
