// The service's own description, and nothing from elsewhere: no validator, no link that brings another document.
SwaggerUIBundle({ url: "/openapi.json", dom_id: "#api", validatorUrl: null, deepLinking: true, docExpansion: "list" });
