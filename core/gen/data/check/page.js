const table = document.getElementById("files");
const body = table.tBodies[0];
for (const head of table.tHead.rows[0].cells) {
  head.addEventListener("click", () => {
    const up = head.getAttribute("aria-sort") !== "ascending";
    for (const each of table.tHead.rows[0].cells) each.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
    const at = head.cellIndex, number = head.dataset.sort === "number";
    const key = (row) => number ? Number(row.cells[at].dataset.v) : row.cells[at].textContent;
    const order = (a, b) => number ? key(a) - key(b) : key(a).localeCompare(key(b));
    body.append(...[...body.rows].sort((a, b) => up ? order(a, b) : order(b, a)));
  });
}
document.getElementById("filter").addEventListener("input", (event) => {
  const wanted = event.target.value.toLowerCase();
  for (const row of body.rows) row.hidden = !row.textContent.toLowerCase().includes(wanted);
});
