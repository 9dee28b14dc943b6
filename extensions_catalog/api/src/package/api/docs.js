// URLs are relative to /docs, so that the page works behind a path prefix.
SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  validatorUrl: null, // do not send the document to an online validator
});
