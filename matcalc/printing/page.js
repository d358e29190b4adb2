"use strict";
// Copy buttons, and details that open on paper. Everything can be read without.
(function () {
  const said = document.getElementById("said");
  async function put(code) {
    if (navigator.clipboard && window.isSecureContext) {
      try { return await navigator.clipboard.writeText(code.textContent); } catch { /* below */ }
    }
    const range = document.createRange();
    range.selectNodeContents(code);
    const selection = window.getSelection();
    selection.removeAllRanges();
    selection.addRange(range);
    if (!document.execCommand("copy")) throw new Error("not allowed");
    selection.removeAllRanges();
  }
  for (const button of document.querySelectorAll("button[hidden]")) {
    button.hidden = false;
    button.addEventListener("click", async function () {
      let word = "Copied";
      try {
        await put(button.closest("dl > div").querySelector("code"));
      } catch {
        word = "Press Ctrl+C";
      }
      button.textContent = word;
      said.textContent = word;
      window.setTimeout(function () {
        button.textContent = "Copy";
        said.textContent = "";
      }, 2000);
    });
  }
  let folded = [];
  window.addEventListener("beforeprint", function () {
    folded = [...document.querySelectorAll("details:not([open])")];
    for (const one of folded) one.open = true;
  });
  window.addEventListener("afterprint", function () {
    for (const one of folded) one.open = false;
  });
})();
