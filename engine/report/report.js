// Filter and order of the contact sheet. Without it everything is there, only longer.
(() => {
  const tools = document.querySelector(".tools");
  const sheet = document.querySelector(".sheet");
  const cards = [...sheet.children];
  if (cards.length < 2) return;
  tools.hidden = false;
  const find = document.getElementById("find");
  const order = document.getElementById("order");
  const shown = document.getElementById("shown");
  const states = [...tools.querySelectorAll("input[type=checkbox]")];
  const texts = new Map();
  const textOf = (card) => {
    if (!texts.has(card)) texts.set(card, card.textContent.toLowerCase());
    return texts.get(card);
  };
  const filter = () => {
    const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
    const wanted = new Set(states.filter((box) => box.checked).map((box) => box.value));
    let count = 0;
    for (const card of cards) {
      const show = wanted.has(card.dataset.state) && words.every((word) => textOf(card).includes(word));
      card.hidden = !show;
      count += show;
    }
    shown.textContent = count === cards.length ? "" : `${count} of ${cards.length}`;
  };
  const rank = { failed: 0, held: 1, open: 2, done: 3 };
  const compare = {
    id: (a, b) => a.dataset.id.localeCompare(b.dataset.id, undefined, { numeric: true }),
    cost: (a, b) => b.dataset.cost - a.dataset.cost,
    ms: (a, b) => b.dataset.ms - a.dataset.ms,
    state: (a, b) => rank[a.dataset.state] - rank[b.dataset.state],
  };
  const sort = () => sheet.append(...(compare[order.value] ? [...cards].sort(compare[order.value]) : cards));
  find.addEventListener("input", filter);
  for (const box of states) box.addEventListener("change", filter);
  order.addEventListener("change", sort);
  filter();
  // A link to a card that the filter hides shows it.
  addEventListener("hashchange", () => {
    const card = document.getElementById(location.hash.slice(1));
    if (card && card.hidden) {
      find.value = "";
      for (const box of states) box.checked = true;
      filter();
      card.scrollIntoView();
    }
  });
})();
