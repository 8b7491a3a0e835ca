// Every two seconds, show what has changed. A film that plays is left alone: only new ones are added.
async function refresh() {
  try {
    const answer = await fetch("/", { headers: { Accept: "text/html" } });
    const now = new DOMParser().parseFromString(await answer.text(), "text/html");
    document.querySelector("#jobs").replaceWith(now.querySelector("#jobs"));
    const films = document.querySelector("#films");
    for (const film of [...now.querySelectorAll("#films > *")].reverse()) {
      if (!document.getElementById(film.id)) films.prepend(film);
    }
  } catch (error) {
    // The service is starting again.
  }
  setTimeout(refresh, 2000);
}
setTimeout(refresh, 2000);
