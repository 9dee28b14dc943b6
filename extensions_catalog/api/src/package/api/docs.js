// Paths are relative to /docs, so that the page also works behind a path prefix.
SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  validatorUrl: null, // the document is sent to nobody
});
