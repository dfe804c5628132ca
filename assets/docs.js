// What /docs shows more where `npm run assets`, or a deployment, has put it: the reference and the guides.

// Otherwise a part of the reference tries `eval`, which the policy of the page forbids, and reports that.
globalThis["__zod_globalConfig"] = { jitless: true };

async function linkGuides() {
  const guides = [...document.querySelectorAll("[data-guide]")];
  const [first] = guides;
  const pathOf = (guide) => `/guides/${guide.dataset.guide}.txt`;
  const answer = await fetch(pathOf(first), { method: "HEAD" });
  if (!answer.ok) {
    return;
  }
  for (const guide of guides) {
    const link = document.createElement("a");
    link.href = pathOf(guide);
    link.append(...guide.childNodes);
    guide.append(link);
  }
}

function showReference() {
  const { Scalar } = globalThis;
  if (Scalar === undefined) {
    return;
  }
  document.getElementById("without").hidden = true;
  // The reference is the main part then, and says so itself.
  document.getElementById("about").setAttribute("role", "region");
  // Nothing is asked of another host, and nothing that is typed is kept.
  Scalar.createApiReference("#reference", {
    url: "/openapi.json",
    proxyUrl: "",
    telemetry: false,
    withDefaultFonts: false,
    persistAuth: false,
    hideClientButton: true,
    showDeveloperTools: "never",
    agent: { disabled: true },
    mcp: { disabled: true },
    documentDownloadType: "none",
    authentication: { preferredSecurityScheme: "api_key" },
  });
}

// After the scripts that wait for the document, of which the reference is one.
document.addEventListener("DOMContentLoaded", () => {
  showReference();
  void linkGuides();
});
