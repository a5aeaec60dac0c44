// A page that is watched says when the server does not answer, and takes that back when
// it does: the extension goes on asking, and tells only of its tries.
htmx.config.sse = {reconnectMaxDelay: 10000, ...htmx.config.sse};
(() => {
  const say = text => {
    const place = document.getElementById("away");
    if (!place || place.textContent === text) return;
    const problem = document.createElement("div");
    problem.className = "problem";
    problem.textContent = text;
    place.replaceChildren(...text ? [problem] : []);
  };
  document.addEventListener("htmx:sse:error", () => say(document.getElementById("away")?.dataset.says ?? ""));
  document.addEventListener("htmx:sse:after:connection", () => say(""));
})();
