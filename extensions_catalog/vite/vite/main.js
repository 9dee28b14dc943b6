// Asks before a page is left whose form has changes that were not submitted.
import "./main.css";

document.addEventListener("input", ({ target }) => {
  if (target.form?.method === "post") target.form.classList.add("changed");
});

document.addEventListener("submit", ({ target }) => target.classList.remove("changed"));

window.addEventListener("beforeunload", (event) => {
  if (document.querySelector("form.changed")) event.preventDefault();
});
