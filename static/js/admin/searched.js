// Lists in which somebody is searched (select2) come without a name for their field. Runs once they are there.
const { jQuery } = globalThis.django;

jQuery(() => {
  for (const field of document.querySelectorAll(".select2-search__field")) {
    const list = field.closest(".select2")?.previousElementSibling;
    field.setAttribute("aria-label", list?.labels?.[0]?.textContent.trim() ?? "");
  }
});
