"use strict";
// What the studio's scripts share: asking the server, saying what happened, and what was wrong.

{
  const said = document.getElementById("said"), trouble = document.getElementById("trouble");
  let silent = false; // whether the server gave no answer

  gen.say = (...parts) => said.replaceChildren(...parts);

  // What went wrong, until something else is asked for; an empty text takes it away.
  gen.trouble = (text) => {
    trouble.textContent = text;
    trouble.hidden = !text;
  };

  const GONE = "The studio doesn't answer. What was written is kept: start gen studio again, and open the address it prints.";

  // Promises what the server answers, or null after telling what is wrong.
  gen.ask = async (path, options = {}) => {
    let answer = null;
    try {
      answer = await fetch(path, options);
      const told = answer.headers.get("content-type")?.startsWith("application/json") ? await answer.json() : {};
      if (silent) gen.trouble("");
      silent = false;
      if (answer.ok) return told;
      gen.trouble(told.error ?? (answer.status === 403 ? "This page is of a studio that was closed: open the address of the new one."
        : answer.status === 413 ? "That is too much for the studio." : `The studio answered ${answer.status}.`));
    } catch {
      silent = true;
      gen.trouble(GONE);
    }
    return null;
  };

  gen.send = (path, value) => gen.ask(path, {
    method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(value),
  });

  gen.stem = (name) => name.replace(/\.(mid|html)$/, "");
  gen.address = (kind, [number, name]) => `/${kind}/${number}/${encodeURIComponent(name)}`;
}
